import { readSettings, webSchema, workerSchema } from '../platform/config.ts';
import { type Check, runChecks } from './doctor/check.ts';
import { databaseChecks } from './doctor/database.ts';
import { engineChecks } from './doctor/engine.ts';
import { keyChecks } from './doctor/keys.ts';
import { partnerChecks } from './doctor/partners.ts';
import { settingLines } from './doctor/settings.ts';
import { demoSettings } from './launch/demo-settings-file.ts';

/**
 * npm run doctor: every setting of web and worker, then everything they need to reach, a line each.
 * Without settings in the environment it looks at the demo of this clone.
 */
const demo = process.env.DATABASE_URL ? undefined : demoSettings();
const env = demo ? { ...demo, ...process.env } : process.env;
if (demo) console.log('No DATABASE_URL in the environment: looking at the demo of this clone.\n');

const { lines, faults } = settingLines(env);
for (const line of lines) console.log(line);
console.log();

let found = faults;
try {
  const settings = { ...readSettings(webSchema, env), ...readSettings(workerSchema, env) };
  const checks: Check[] = [
    ...keyChecks(settings),
    ...databaseChecks(settings),
    ...engineChecks(settings),
    ...partnerChecks(settings),
  ];
  found += await runChecks(checks);
} catch {
  console.log('What is reachable is looked at once every setting is there.');
}
console.log(found === 0 ? '\nEverything is in order.' : `\n${found} ${found === 1 ? 'fault' : 'faults'}.`);
process.exit(found === 0 ? 0 : 1);
