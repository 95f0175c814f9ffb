import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { type GateKeyUse, gateKeyUses } from '../../domain/gate-keys.ts';
import { generatePair, type SigningFile } from '../../platform/key-making.ts';
import { readWorkerKeys } from '../../platform/keys.ts';
import { type LiveKind, liveKinds } from '../../platform/live-keys.ts';
import { keepFingerprints } from '../../store/keys/key-fit.ts';
import { bringBackPublicKeys } from '../../store/keys/public-keys.ts';
import type { FindingKind } from '../../store/office/restore.ts';
import { printsIn } from '../keys/fingerprint.ts';
import { type TrustFile, writeKeyFiles } from '../keys/key-file.ts';
import { keyFiles } from '../keys/key-files.ts';
import { checkKeys } from './fitting-keys.ts';
import type { ListedKey } from './listed-keys.ts';
import type { Manifest } from './manifest.ts';
import { holdsKeys, type SealedFile, writeKeys } from './sealed-keys.ts';

/**
 * A backup has the key files of its day. A key that was revoked since may be in somebody else's hands: it signs no more, and no
 * gate is told to believe it again. What else was replaced since is named, with what it stands in for.
 */

type Fingerprints = Manifest['application']['fingerprints'];

export interface KeysOfBackup {
  folder: string;
  files: SealedFile[];
  /** Of the keys that the backup's database was written with. */
  fingerprints: Fingerprints;
  /** When the backup's database was looked at. */
  takenAt: string;
  /** What is known of keys by now. */
  listed: ListedKey[];
}

/** What became of keys: lines for whoever restores, and what stays listed. */
export interface RestoredKeys {
  lines: string[];
  findings: { kind: FindingKind; subject: string; detail: object }[];
}

/** As the schema's owner, once the database is there. */
export async function restoreKeys(owner: Knex, keys: KeysOfBackup): Promise<RestoredKeys> {
  const { folder, listed } = keys;
  const lines = writeFiles(keys);
  const revoked = await bringBackPublicKeys(owner, listed);
  for (const kind of liveKinds.filter((one) => existsSync(fileOf(folder, one))))
    await keepFingerprints(owner, kind, printsIn(folder, kind));
  if (revoked.length > 0)
    lines.push(`Keys that were revoked after the backup, and are revoked again: ${revoked.join(', ')}.`);
  for (const key of listed.filter(({ id, kind }) => kind === 'pass' && revoked.includes(id)))
    lines.push(`  Once workers run: npm run keys -- revoke pass ${key.kid} ${folder} makes its passes anew.`);
  const isThere = ({ kind, kid }: ListedKey) => existsSync(fileOf(folder, kind)) && kid in printsIn(folder, kind);
  const gone = listed.filter((key) => isSince(key, keys) && !isThere(key));
  const lost = gone.filter(({ kind, revokedAt }) => revokedAt === null && kind !== 'session');
  if (lost.length > 0)
    lines.push(
      `Keys that came into use after the backup, and are in no file any more: ${lost.map(named).join(', ')}.`,
      '  What a key of gates signed ends by npm run keys -- revoke.',
    );
  const findings = liveKinds.flatMap((kind) => broughtBack(keys, { kind, lost }));
  for (const { subject, detail } of findings)
    lines.push(
      `  ${subject} (fingerprint ${detail.fingerprint}) works again in place of ${detail.replaced_by}: npm run keys -- rotate ${subject.split('/')[0]} ${folder}, once web and workers run.`,
    );
  return { lines, findings };
}

const named = ({ id, fingerprint }: ListedKey): string => `${id} (fingerprint ${fingerprint})`;

/** The key of the backup's day with which processes seal or sign again, though another had taken its place. */
function broughtBack({ folder, fingerprints }: KeysOfBackup, { kind, lost }: { kind: LiveKind; lost: ListedKey[] }) {
  const since = lost.filter((key) => key.kind === kind);
  if (since.length === 0 || !existsSync(fileOf(folder, kind))) return [];
  const { current } = keyFiles(folder, kind).inUse();
  const fingerprint = fingerprints[kind]?.[current];
  // One that was made just now is nobody's.
  if (fingerprint === undefined || printsIn(folder, kind)[current] !== fingerprint) return [];
  const detail = { fingerprint, replaced_by: since.map(named).join(', ') };
  return [{ kind: 'key_brought_back' as const, subject: `${kind}/${current}`, detail }];
}

const fileOf = (folder: string, kind: LiveKind): string =>
  join(folder, kind === 'pass' ? 'worker' : 'web', `${kind}.json`);

/** What an earlier restore lost is no news of a later backup. */
const isSince = (
  { kind, kid, fingerprint, addedAt }: ListedKey,
  { fingerprints, takenAt }: Pick<KeysOfBackup, 'fingerprints' | 'takenAt'>,
): boolean =>
  fingerprint !== null &&
  fingerprints[kind]?.[kid] !== fingerprint &&
  (addedAt === null || Date.parse(addedAt) > Date.parse(takenAt));

function writeFiles(keys: KeysOfBackup): string[] {
  const { folder, files, fingerprints, listed } = keys;
  if (holdsKeys(folder) && holdsAll(folder, fingerprints)) {
    const missing = files.filter(({ path }) => !existsSync(join(folder, path)));
    writeKeys(folder, missing);
    const stay = `The key files in ${folder} open everything of this backup and stay: what was replaced since stays replaced.`;
    return [
      missing.length > 0 ? `${stay} ${missing.length} that were missing are back.` : stay,
      ...giveUp(folder, listed),
    ];
  }
  writeKeys(folder, files);
  const written = `${files.length} key files are in ${folder}.`;
  return [written, ...renewSession(keys), ...giveUp(folder, listed)];
}

/** Whether the folder is of this installation, and whole. */
function holdsAll(folder: string, fingerprints: Fingerprints): boolean {
  try {
    checkKeys(fingerprints, folder);
    readWorkerKeys(join(folder, 'worker'));
    return true;
  } catch {
    return false;
  }
}

/** Sessions of before are over anyway: whoever had the former secret signs no cookie with it. */
function renewSession(keys: KeysOfBackup): string[] {
  const { folder, listed } = keys;
  if (!listed.some((key) => key.kind === 'session' && isSince(key, keys))) return [];
  writeKeyFiles([join(folder, 'web', 'session.json')], { secret: randomBytes(32).toString('base64') });
  return ['session.json was replaced after the backup and is made anew: everybody signs in again.'];
}

/** What was revoked is in no file; where it was what signs, a key takes its place whose number no gate has seen. */
function giveUp(folder: string, listed: ListedKey[]): string[] {
  return gateKeyUses.flatMap((use) => {
    const of = listed.filter(({ kind }) => kind === use);
    const lost = of.filter(({ revokedAt }) => revokedAt !== null);
    const path = fileOf(folder, use);
    if (!existsSync(path)) return [];
    const file = JSON.parse(readFileSync(path, 'utf8')) as SigningFile;
    const isLost = ([kid, { public: half }]: [string, { public: string }]) =>
      lost.some((key) => key.kid === kid && key.public === half);
    const left = Object.entries(file.keys).filter((one) => !isLost(one));
    if (left.length === Object.keys(file.keys).length) return [];
    const known = Math.max(...[...of.map(({ kid }) => kid), ...Object.keys(file.keys)].map(Number));
    const made = left.length === 0 ? { [known + 1]: generatePair('ed25519') } : {};
    const keys = { ...Object.fromEntries(left), ...made };
    const current = file.current in keys ? file.current : Math.max(...Object.keys(keys).map(Number));
    writeKeyFiles([path], { current, keys });
    const gates = trustAnew(folder, use, keys);
    const dropped = `${use}.json: what was revoked is taken out, and ${current} signs.`;
    return made[current]
      ? [
          `${dropped} It is new, and no gate believes it: bring trust.json to each box and start it again (${gates.join(', ')}).`,
        ]
      : [dropped];
  });
}

/** @returns names of the gates' folders */
function trustAnew(folder: string, use: GateKeyUse, keys: SigningFile['keys']): string[] {
  const gates = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'trust.json')));
  for (const gate of gates) {
    const path = join(folder, gate, 'trust.json');
    const trust = JSON.parse(readFileSync(path, 'utf8')) as TrustFile;
    const named = Object.entries(keys).map(([kid, pair]) => ({ kid: Number(kid), use, public: pair.public }));
    writeKeyFiles([path], { keys: [...trust.keys.filter((key) => key.use !== use), ...named] });
  }
  return gates;
}
