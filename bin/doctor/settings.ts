import { z } from 'zod';
import {
  contradictionsOf,
  doorSchema,
  gateSchema,
  migrationSchema,
  readSettings,
  SettingsError,
  webSchema,
  workerSchema,
} from '../../platform/config.ts';
import { settingGroups } from '../../platform/setting-groups.ts';
import { line } from './check.ts';

const secret = /SECRET|TOKEN|KEY$|API_KEY|AES|DATABASE_(OWNER_)?URL|TEMPLATES|SMTP_URL/;

/** Whose settings are looked at: those of web, worker and the migrations, those of one gate, or those of the door. */
export const parts = {
  application: z.object({
    ...webSchema.shape,
    ...workerSchema.shape,
    ...migrationSchema.shape,
  }),
  gate: gateSchema,
  door: doorSchema,
};
export type Part = keyof typeof parts;
export type SettingsOf<P extends Part> = z.infer<(typeof parts)[P]>;

/** What only a gate is told. */
export const gateNames = Object.keys(gateSchema.shape).filter((name) => /^(GATE|FEED)_|^DOOR_(URL|CA)$/.test(name));

export interface Read<P extends Part> {
  /** Every setting with where it comes from, by what is set up together; secrets are named, never shown. */
  lines: string[];
  /** Names of the settings that are missing or malformed. */
  bad: ReadonlySet<string>;
  /** The others. A check says what it needs, and is made when none of that is bad. */
  settings: SettingsOf<P>;
}

/** Reads each setting by itself: a bad one keeps nothing else from being looked at. */
export function readPart<P extends Part>(part: P, env: NodeJS.ProcessEnv): Read<P> {
  const settings: Record<string, unknown> = {};
  const problems = new Map<string, string>();
  for (const [name, schema] of Object.entries(parts[part].shape)) {
    try {
      Object.assign(settings, readSettings(z.object({ [name]: schema }), env));
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.set(name, error.settings.map(({ problem }) => problem).join('; '));
    }
  }
  for (const { name, problem } of contradictionsOf(parts[part], settings))
    if (!problems.has(name)) problems.set(name, problem);
  const lines = settingGroups.flatMap((group) => {
    const names = Object.keys(group.settings).filter((name) => name in parts[part].shape);
    if (names.length === 0) return [];
    return [`\n${group.title}`, ...names.map((name) => lineOf(name, env[name], problems.get(name)))];
  });
  return { lines, bad: new Set(problems.keys()), settings: settings as SettingsOf<P> };
}

function lineOf(name: string, value: string | undefined, problem: string | undefined): string {
  if (problem) return line('FAULT', name, problem);
  if (!value) return line('default', name, '');
  return line('set', name, secret.test(name) ? '(hidden)' : value);
}
