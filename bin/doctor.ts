import { readWebKeys } from '../platform/keys.ts';
import { type Check, line, runChecks } from './doctor/check.ts';
import { databaseChecks } from './doctor/database.ts';
import { doorChecks } from './doctor/door.ts';
import { engineChecks } from './doctor/engine.ts';
import { gateChecks } from './doctor/gate.ts';
import { fitCheck, keyCheck } from './doctor/keys.ts';
import { partnerChecks } from './doctor/partners.ts';
import { gateNames, type Part, type Read, readPart } from './doctor/settings.ts';
import { upgradeChecks } from './doctor/upgrade.ts';
import { demoSettings } from './launch/demo-settings-file.ts';

/**
 * npm run doctor: every setting, then everything it leads to, a line each. Where a gate's settings are it looks at that
 * gate, else – or where DATABASE_URL is there too – at web and worker, and where a door's are at the door. Without settings it looks at the demo of this clone.
 *
 * npm run doctor -- --upgrade: what stands between the release that runs and these sources, with the settings of the application.
 * Run from the new sources, before anything of them is started; nothing is changed. Ends with 1 where it found a fault.
 */
const isUpgrade = process.argv.includes('--upgrade');
const isGate = gateNames.some((name) => process.env[name]);
const isDoor = Boolean(process.env.DOOR_PORT);
const isApplication = !isDoor && (Boolean(process.env.DATABASE_URL) || !isGate);
let found = 0;
if (isApplication) found += await examineApplication();
if (isDoor) found += await examine(readPart('door', process.env), doorChecks);
if (isGate) found += await examine(readPart('gate', process.env), gateChecks);
console.log(found === 0 ? '\nEverything is in order.' : `\n${found} ${found === 1 ? 'fault' : 'faults'}.`);
process.exit(found === 0 ? 0 : 1);

async function examineApplication(): Promise<number> {
  const demo = process.env.DATABASE_URL ? undefined : demoSettings();
  if (demo) console.log('No DATABASE_URL in the environment: looking at the demo of this clone.\n');
  const read = readPart('application', demo ? { ...demo, ...process.env } : process.env);
  if (!isGate)
    read.lines.push(line('gate', gateNames.join(', '), 'are set where a gate runs: run the doctor there too'));
  return examine(read, (settings) => [
    keyCheck('keys of web', settings, readWebKeys),
    ...(isUpgrade ? upgradeChecks(settings) : []),
    ...databaseChecks(settings).filter(({ name }) => !isUpgrade || name !== 'schema'),
    fitCheck(settings),
    ...engineChecks(settings),
    ...partnerChecks(settings),
  ]);
}

/** @returns how many faults it found */
async function examine<P extends Part>(
  { lines, bad, settings }: Read<P>,
  checksOf: (settings: Read<P>['settings']) => Check[],
): Promise<number> {
  for (const one of lines) console.log(one);
  console.log();
  return bad.size + (await runChecks(checksOf(settings), bad));
}
