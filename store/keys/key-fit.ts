import { setTimeout as wait } from 'node:timers/promises';
import type { Knex } from 'knex';
import { createFieldCipher } from '../../platform/crypto.ts';
import { type Fingerprints, fingerprintsOf, ofPublicKey } from '../../platform/key-fingerprints.ts';
import { type LiveKeys, type LiveKind, liveKinds } from '../../platform/live-keys.ts';
import type { Log } from '../../platform/log.ts';
import { waitingOf } from '../../platform/waiting.ts';

/** The keys of a process fit the database, or it does not start: what it wrote under others nobody could read. */

/** A key that does not fit. `found` is undefined where the process has none of that id. */
export interface Misfit {
  kind: LiveKind;
  kid: string;
  expected: string;
  found: string | undefined;
}

export class KeysDoNotFit extends Error {
  readonly misfits: Misfit[];
  constructor(misfits: Misfit[]) {
    super(
      `The keys in KEYS_DIR are not those of this database. ${misfits.map(sentenceOf).join(' ')} ` +
        'Nothing was written. Bring back the key folder that was saved with this database: docs/operations.md, "Keys that do not fit".',
    );
    this.misfits = misfits;
  }
}

function sentenceOf({ kind, kid, expected, found }: Misfit): string {
  return `Missing: key ${kid} of ${kind}.json with fingerprint ${expected}; found: ${found ?? 'none'}.`;
}

/** What was sealed or hashed under an older key of these is there still. Keys of other kinds may go once they are replaced. */
export const neededForGood = ['field', 'index', 'codec'] as const satisfies LiveKind[];

/**
 * Waits for the database as long as it is not there. The first process that holds a kind of key writes down its fingerprints.
 * @throws KeysDoNotFit
 */
export async function untilKeysFit(db: Knex, keys: LiveKeys, log: Log, signal?: AbortSignal): Promise<void> {
  const waiting = waitingOf(log);
  for (let pause = 500; ; pause = Math.min(pause * 2, 5_000)) {
    try {
      await fitKeys(db, keys);
      return waiting.worked(unseen);
    } catch (err) {
      if (err instanceof KeysDoNotFit) throw err;
      waiting.failed(unseen, err);
      await wait(pause, undefined, signal && { signal });
    }
  }
}

const unseen = 'whether the keys fit is not seen yet';

/** For a process that has something to say without its database as well. */
export interface Fit {
  /** Until then nothing may be read or written. */
  fits(): boolean;
  /** The same for the operators' page: rejects until then. */
  probe(): Promise<void>;
  /** Resolves once they fit, or after a stop. Rejects with KeysDoNotFit. */
  settled: Promise<void>;
  stop(): void;
}

/**
 * Looks at once, and where the database is not there goes on looking.
 * @throws KeysDoNotFit, where it is there
 */
export async function followFit(db: Knex, keys: LiveKeys, log: Log): Promise<Fit> {
  const stopping = new AbortController();
  let fits = await fitKeys(db, keys).then(
    () => true,
    (err) => (err instanceof KeysDoNotFit ? Promise.reject(err) : false),
  );
  const look = async (): Promise<void> => {
    try {
      await untilKeysFit(db, keys, log, stopping.signal);
      fits = true;
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    }
  };
  const settled = fits ? Promise.resolve() : look();
  // It may come before anybody waits for it.
  settled.catch(() => undefined);
  return {
    fits: () => fits,
    async probe() {
      if (!fits) throw new Error(unseen);
    },
    settled,
    stop: () => stopping.abort(),
  };
}

/**
 * Looks at it and writes nothing, also on a database that no process has written its fingerprints to.
 * @returns the kinds of keys that were compared with a fingerprint
 * @throws KeysDoNotFit
 */
export async function compareKeys(db: Knex, keys: LiveKeys): Promise<LiveKind[]> {
  const expected = await keptFingerprints(db);
  const { held, prints } = fingerprintsOf(keys);
  const misfits = liveKinds.flatMap((kind) => misfitsOf(kind, expected[kind], prints[kind], held[kind]?.current));
  if (misfits.length > 0) throw new KeysDoNotFit(misfits);
  return liveKinds.filter((kind) => held[kind] && expected[kind]);
}

/** @throws KeysDoNotFit, and then nothing is written */
export async function fitKeys(db: Knex, keys: LiveKeys): Promise<void> {
  await db.transaction(async (trx) => {
    // Two processes that start beside each other on an empty table: the second compares with what the first wrote.
    await trx.raw(`select pg_advisory_xact_lock(hashtext('key_fingerprint'))`);
    const expected = await keptFingerprints(trx);
    const { held, prints } = fingerprintsOf(keys);
    const isNew = (kind: LiveKind) => held[kind] !== undefined && expected[kind] === undefined;
    const written = liveKinds.filter(isNew);
    const misfits = liveKinds.flatMap((kind) => misfitsOf(kind, expected[kind], prints[kind], held[kind]?.current));
    for (const kind of written) misfits.push(...(await misfitsOfRows(trx, kind, keys, prints)));
    if (misfits.length > 0) throw new KeysDoNotFit(misfits);
    for (const kind of written) await keepFingerprints(trx, kind, prints[kind] ?? {});
  });
}

function misfitsOf(
  kind: LiveKind,
  expected: Record<string, string> | undefined,
  found: Record<string, string> | undefined,
  current: string | undefined,
): Misfit[] {
  if (!expected || !found || current === undefined) return [];
  const others = Object.entries(expected)
    .filter(([kid, print]) => (kid in found ? found[kid] !== print : neededForGood.some((one) => one === kind)))
    .map(([kid, print]) => ({ kind, kid, expected: print, found: found[kid] }));
  if (others.length > 0 || current in expected) return others;
  // It would seal or sign with a key that nobody put into use here.
  const [kid = '', print = ''] = Object.entries(expected).at(-1) ?? [];
  return [{ kind, kid, expected: print, found: found[current] }];
}

/** A database of before there were fingerprints: its rows tell as much of some kinds. */
async function misfitsOfRows(trx: Knex, kind: LiveKind, keys: LiveKeys, prints: Fingerprints): Promise<Misfit[]> {
  if (kind === 'field') return (await opensWhatIsSealed(trx, keys)) ? [] : [unknown(kind, keys.field.current, prints)];
  const told = await trx('public_key').where({ use: kind }).select('kid', 'public');
  return told
    .map((row) => ({ kind, kid: String(row.kid), expected: ofPublicKey(row.public), found: prints[kind]?.[row.kid] }))
    .filter(({ expected, found }) => found !== undefined && found !== expected);
}

const unknown = (kind: LiveKind, kid: string, prints: Fingerprints): Misfit => ({
  kind,
  kid,
  expected: 'that opens what is sealed here',
  found: prints[kind]?.[kid],
});

async function opensWhatIsSealed(trx: Knex, { field }: LiveKeys): Promise<boolean> {
  const row = await trx('visitor').whereNotNull('phone_enc').first('id', 'phone_enc');
  if (!row) return true;
  try {
    createFieldCipher(field).open({ table: 'visitor', column: 'phone_enc', row: row.id }, row.phone_enc);
    return true;
  } catch {
    return false;
  }
}

/** In the order in which they were written. */
export async function keptFingerprints(db: Knex): Promise<Fingerprints> {
  return byKind(await db('key_fingerprint').orderBy('added_at'));
}

/** Rows of `key_fingerprint`, those of a kind in their order. */
export function byKind(rows: { kind: LiveKind; kid: string; fingerprint: string }[]): Fingerprints {
  const kept: Fingerprints = {};
  for (const { kind, kid, fingerprint } of rows) kept[kind] = { ...kept[kind], [kid]: fingerprint };
  return kept;
}

/** Before anybody seals or signs with it. Again: nothing happens. */
export async function keepFingerprints(db: Knex, kind: LiveKind, prints: Record<string, string>): Promise<void> {
  const rows = Object.entries(prints).map(([kid, fingerprint]) => ({ kind, kid, fingerprint }));
  await db('key_fingerprint').insert(rows).onConflict(['kind', 'kid']).ignore();
}

/**
 * From now on the keys of this kind that the folder holds are those of this database, as its owner says.
 * @returns ids of those that are given up
 */
export async function acceptFingerprints(
  owner: Knex,
  kind: LiveKind,
  prints: Record<string, string>,
): Promise<string[]> {
  return owner.transaction(async (trx) => {
    const gone = await trx('key_fingerprint').where({ kind }).delete().returning(['kid', 'fingerprint']);
    await keepFingerprints(trx, kind, prints);
    return gone.filter(({ kid, fingerprint }) => prints[kid] !== fingerprint).map(({ kid }) => kid);
  });
}
