import { readSettings, SettingsError, webSchema, workerSchema } from '../../platform/config.ts';
import { line } from './check.ts';

const secret = /SECRET|TOKEN|KEY$|API_KEY|AES|DATABASE_URL|TEMPLATES/;

/** Every setting of web and worker with where it comes from; secrets are named, never shown. */
export function settingLines(env: NodeJS.ProcessEnv): { lines: string[]; faults: number } {
  const problems = new Map([webSchema, workerSchema].flatMap((schema) => problemsOf(schema, env)));
  const names = [...new Set([...Object.keys(webSchema.shape), ...Object.keys(workerSchema.shape)])];
  const lines = names.map((name) => {
    const problem = problems.get(name);
    if (problem) return line('FAULT', name, problem);
    const value = env[name];
    if (!value) return line('default', name, '');
    return line('set', name, secret.test(name) ? '(hidden)' : value);
  });
  return { lines, faults: problems.size };
}

function problemsOf(schema: typeof webSchema | typeof workerSchema, env: NodeJS.ProcessEnv): [string, string][] {
  try {
    readSettings(schema, env);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.settings.map(({ name, problem }) => [name, problem]);
  }
}
