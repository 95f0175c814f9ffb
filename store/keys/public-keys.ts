import type { Knex } from 'knex';
import { type GateKeyName, type GateKeyUse, nameOfGateKey, type ToldKey, vouchText } from '../../domain/gate-keys.ts';
import type { SigningRing } from '../../platform/keys.ts';
import type { Log } from '../../platform/log.ts';
import { createSigner } from '../../platform/signing.ts';
import { waitingOf } from '../../platform/waiting.ts';
import { record } from '../audit/audit.ts';

/** Public halves of the keys that sign for gates: written by the process that holds the private ones, told by `web`. */

const unnoted = 'public keys are not noted';
type Rings = Partial<Record<GateKeyUse, SigningRing>>;

/** @returns to be called as often as one likes: what of these rings is not written yet is */
export function tellPublicKeys(db: Knex, rings: Rings, log: Log): () => void {
  const waiting = waitingOf(log);
  let written = '';
  return () => {
    const keys = publicKeys(rings);
    const text = keys.map(({ use, kid }) => `${use}/${kid}`).join();
    if (text === written) return;
    written = text;
    // Insert-only: what a gate was told of a key stays.
    keepPublicKeys(db, keys).then(
      () => waiting.worked(unnoted),
      (err: unknown) => {
        written = '';
        waiting.failed(unnoted, err);
      },
    );
  };
}

async function keepPublicKeys(db: Knex, keys: ToldKey[]): Promise<void> {
  const rows = keys.map(({ use, kid, public: raw, vouchedBy }) => ({
    use,
    kid,
    public: Buffer.from(raw, 'base64'),
    vouched_by: vouchedBy?.kid ?? null,
    vouch: vouchedBy ? Buffer.from(vouchedBy.signature, 'base64') : null,
  }));
  if (rows.length > 0) await db('public_key').insert(rows).onConflict(['use', 'kid']).ignore();
}

/** Each is vouched for by the one before it in its ring. */
function publicKeys(rings: Rings): ToldKey[] {
  return (Object.entries(rings) as [GateKeyUse, SigningRing][]).flatMap(([use, { pairs }]) => {
    const sorted = [...pairs].toSorted(([a], [b]) => a - b);
    return sorted.map(([kid, pair], index): ToldKey => {
      const key = { use, kid, public: pair.public.toString('base64') };
      const before = sorted[index - 1];
      if (!before) return { ...key, revoked: false };
      const signature = createSigner(before[1].private)(Buffer.from(vouchText(key))).toString('base64');
      return { ...key, vouchedBy: { kid: before[0], signature }, revoked: false };
    });
  });
}

/**
 * Gates believe it no more from their next page on. Again: nothing happens.
 * @returns false where no such key was ever told
 */
export async function revokePublicKey(db: Knex, { use, kid }: GateKeyName): Promise<boolean> {
  return db.transaction(async (trx) => {
    const key = { use, kid };
    const revoked = await trx('public_key').where(key).whereNull('revoked_at').update({ revoked_at: trx.fn.now() });
    if (revoked === 0) return (await trx('public_key').where(key).first('kid')) !== undefined;
    const subject = { kind: 'key', id: nameOfGateKey(key) } as const;
    await record(trx, { actor: { kind: 'system' }, action: 'key_revoked', subject });
    return true;
  });
}

/**
 * After a restore, as the schema's owner: what had been told since is told again, so that its number is used for no other, and what was
 * revoked stays revoked.
 * @returns names of the keys that were revoked by it
 */
export async function bringBackPublicKeys(
  owner: Knex,
  keys: {
    kind: string;
    kid: string;
    public: string | null;
    vouchedBy: number | null;
    vouch: string | null;
    revokedAt: string | null;
  }[],
): Promise<string[]> {
  return owner.transaction(async (trx) => {
    const revoked: string[] = [];
    for (const { kind: use, kid, vouchedBy, revokedAt, ...key } of keys) {
      if (key.public === null) continue;
      const half = Buffer.from(key.public, 'base64');
      const vouch = key.vouch && Buffer.from(key.vouch, 'base64');
      const row = { use, kid: Number(kid), public: half, vouched_by: vouchedBy, vouch };
      await trx('public_key').insert(row).onConflict(['use', 'kid']).ignore();
      if (revokedAt === null) continue;
      const lost = trx('public_key')
        .where({ use, kid: Number(kid), public: half })
        .whereNull('revoked_at');
      if ((await lost.update({ revoked_at: new Date(revokedAt) })) === 0) continue;
      const id = `${use}/${kid}`;
      revoked.push(id);
      await record(trx, { actor: { kind: 'system' }, action: 'key_revoked', subject: { kind: 'key', id } });
    }
    return revoked;
  });
}

/** The lowest number above `current` that no key of this use had here, and that no gate says it believes a key by. */
export async function freeKeyNumber(db: Knex, use: GateKeyUse, current: number): Promise<number> {
  const { rows } = await db.raw<{ rows: { kid: number }[] }>(
    `select kid from generate_series(:current + 1, 65535) kid
      where kid > (select coalesce(max(kid), 0) from public_key where use = :use)
        and not exists (select from gate_contact where :use || '/' || kid = any(believed_keys))
      order by kid limit 1`,
    { use, current },
  );
  const [free] = rows;
  if (!free) throw new Error(`Every number for a key of ${use} was given out`);
  return free.kid;
}

/** Whether gates were ever told of it. */
export const isTold = async (db: Knex, { use, kid }: GateKeyName): Promise<boolean> =>
  (await db('public_key').where({ use, kid }).first('kid')) !== undefined;

/** Every key that gates are told of. */
export async function toldKeys(db: Knex): Promise<ToldKey[]> {
  const rows = await db('public_key').orderBy(['use', 'kid']);
  return rows.map((row) => ({
    use: row.use,
    kid: row.kid,
    public: row.public.toString('base64'),
    ...(row.vouch && { vouchedBy: { kid: row.vouched_by, signature: row.vouch.toString('base64') } }),
    revoked: row.revoked_at !== null,
  }));
}
