import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { gateKeyUses } from '../domain/gate-keys.ts';
import { openDatabase } from '../platform/db.ts';
import { writeDemoKeys } from '../platform/keys.ts';
import { liveKinds } from '../platform/live-keys.ts';
import { acceptFingerprints } from '../store/keys/key-fit.ts';
import { printsIn } from './keys/fingerprint.ts';
import { linesOfGates } from './keys/made-keys.ts';
import { rehash } from './keys/rehash.ts';
import { reseal } from './keys/reseal.ts';
import { revokeKey } from './keys/revoke.ts';
import { isLiveKind, type Rotation, rotate } from './keys/rotate.ts';
import { rotateGate } from './keys/rotate-gate.ts';
import { asOwner } from './setup/as-owner.ts';

/**
 * npm run keys -- <folder> [gate id …]: makes the key files of a real installation, one folder a
 * process (KEYS_DIR), and keeps those that are there. The public halves of a gate's keys, printed
 * here, go into its row; the PIN is shown this once and kept as a hash only.
 *
 * npm run keys -- rotate <kind> <folder>: replaces a kind of key while web and worker run, whose database DATABASE_URL is. For
 * `field` it seals anew what is there, and for `index` it hashes anew, as the schema's owner (DATABASE_OWNER_URL).
 *
 * npm run keys -- rehash <folder>: look-ups that a release brought are made for the rows of before, as the schema's owner.
 *
 * npm run keys -- rotate gate <gate id> <folder>: replaces the two keys of one gate while its box runs, and says which file goes there when.
 *
 * npm run keys -- accept <kind> <folder>: from now on the database's keys of this kind are those of the folder, as the schema's owner says:
 * an older one was taken out of the files, or keys were lost. Processes that lack them, or hold others, do not start.
 *
 * npm run keys -- revoke <pass|renewal|feed> <key id> <folder>: a key that signs what gates read is lost; the next one takes its place, every live
 * pass of a lost key of passes is made anew, and gates believe the key no more.
 */
const usage = `Usage: npm run keys -- <folder> [gate id …]
       npm run keys -- rotate <${liveKinds.join('|')}> <folder>
       npm run keys -- rehash <folder>
       npm run keys -- rotate gate <gate id> <folder>
       npm run keys -- accept <${liveKinds.join('|')}> <folder>
       npm run keys -- revoke <${gateKeyUses.join('|')}> <key id> <folder>`;
const [first, ...rest] = process.argv.slice(2);
try {
  if (first === 'rotate') await rotateKind(rest);
  else if (first === 'rehash') await rehashRows(rest);
  else if (first === 'accept') await acceptKeys(rest);
  else if (first === 'revoke') await revoke(rest);
  else await makeKeys(first, rest);
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

async function makeKeys(folder: string | undefined, gates: string[]): Promise<void> {
  if (!folder) throw new Error(usage);
  const target = resolve(process.env.INIT_CWD ?? '.', folder);
  const keys = await writeDemoKeys(target, gates, { keepPins: false });
  console.log(
    `Keys are in ${target}: ${readdirSync(target).join(', ')}. Give each process its own folder and no other.`,
  );
  for (const line of linesOfGates(keys)) console.log(line);
}

async function revoke([kind, kid, folder]: string[]): Promise<void> {
  const use = gateKeyUses.find((one) => one === kind);
  if (!use || !/^\d{1,5}$/.test(kid ?? '') || !folder) throw new Error(usage);
  const key = { use, kid: Number(kid) };
  await beside(resolve(process.env.INIT_CWD ?? '.', folder), (rotation) => revokeKey(key, rotation));
}

async function rotateKeysOfGate([gate, folder]: string[]): Promise<void> {
  if (!/^[a-z][a-z0-9-]{1,30}$/.test(gate ?? '') || !folder) throw new Error(usage);
  await beside(resolve(process.env.INIT_CWD ?? '.', folder), (rotation) => rotateGate(gate ?? '', rotation));
}

function say(line: string): void {
  console.log(line);
}

/** Beside a system that runs. */
async function beside(folder: string, work: (rotation: Rotation) => Promise<void>): Promise<void> {
  const { DATABASE_URL = '', KEYS_PATIENCE_MS = '60000' } = process.env;
  if (!DATABASE_URL) throw new Error('Settings: DATABASE_URL is missing');
  const db = openDatabase({ DATABASE_URL, DATABASE_POOL: 1 });
  await work({ folder, db, say, patience: Number(KEYS_PATIENCE_MS) }).finally(() => db.destroy());
}

async function rotateKind([kind = '', ...rest]: string[]): Promise<void> {
  if (kind === 'gate') return rotateKeysOfGate(rest);
  const [folder] = rest;
  if (!isLiveKind(kind) || !folder) throw new Error(usage);
  const isRenewed = kind === 'field' || kind === 'index';
  // Asked before anything is begun.
  if (isRenewed) ownerUrl();
  const target = resolve(process.env.INIT_CWD ?? '.', folder);
  await beside(target, (rotation) => rotate(kind, rotation));
  if (!isRenewed) return;
  await asOwner(ownerUrl(), (owner) => (kind === 'field' ? reseal : rehash)(target, owner, say));
}

async function rehashRows([folder]: string[]): Promise<void> {
  if (!folder) throw new Error(usage);
  await asOwner(ownerUrl(), (owner) => rehash(resolve(process.env.INIT_CWD ?? '.', folder), owner, say));
}

async function acceptKeys([kind = '', folder]: string[]): Promise<void> {
  if (!isLiveKind(kind) || !folder) throw new Error(usage);
  const prints = printsIn(resolve(process.env.INIT_CWD ?? '.', folder), kind);
  await asOwner(ownerUrl(), async (owner) => {
    const gone = await acceptFingerprints(owner, kind, prints);
    say(`${kind}: the database's keys are ${Object.keys(prints).join(', ')}.`);
    if (gone.length > 0)
      say(`${kind}: given up: ${gone.join(', ')}. What is sealed or hashed under them stays unread.`);
  });
}

function ownerUrl(): string {
  const { DATABASE_OWNER_URL = '' } = process.env;
  if (!DATABASE_OWNER_URL) throw new Error('Settings: DATABASE_OWNER_URL is missing');
  return DATABASE_OWNER_URL;
}
