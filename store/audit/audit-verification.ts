import type { Knex } from 'knex';
import { retentionDays } from '../own-data/retention.ts';
import { beforeAll, hashOf, openingOf, type SealedRecord, sealedFields } from './audit-chain.ts';

/** Reads the whole chain of the audit and reckons every hash anew, by the program's own reckoning, not the database's. */

export interface AuditFault {
  /** YYYY-MM-DD in Shanghai. */
  day: string;
  kind:
    | 'removed'
    | 'changed'
    /** The day does not follow the one before: that one, or one between them, is gone or was written anew. */
    | 'cut off'
    /** Its end is not what the day's anchor says. */
    | 'other end'
    /** Its records went before their time. */
    | 'gone early'
    /** Records of a day that has no anchor. */
    | 'without anchor'
    /** What was noted elsewhere is not in that day. */
    | 'other than noted';
  /** Within the day, from 1. */
  place?: number;
  /** Of the record; of one that was removed, the id of the record before it. */
  record?: number;
}

export interface AuditVerification {
  faults: AuditFault[];
  days: number;
  /** Whose records went in time. */
  purged: number;
  records: number;
  /** Records younger than the last sealing. */
  unsealed: number;
  /** To be noted elsewhere: day and hash. */
  head: { day: string; hash: string } | undefined;
}

interface Day {
  day: string;
  opening: Buffer;
  head: Buffer;
  records: number;
  purged_at: Date | null;
  due: boolean;
}

/** @param noted heads that were printed before, hexadecimal by day: each must still be in its day */
export async function verifyAudit(
  db: Knex,
  noted: ReadonlyMap<string, string> = new Map(),
): Promise<AuditVerification> {
  return db.transaction(
    async (trx) => {
      const { audit_records: kept } = await retentionDays(trx);
      const days: Day[] = await trx('audit_day')
        .select(
          '*',
          trx.raw(`(day + 1)::timestamp at time zone 'Asia/Shanghai' + ? * interval '1 day' <= purged_at as due`, [
            kept,
          ]),
        )
        .orderBy('day');
      const faults: AuditFault[] = [];
      const seen = new Set<string>();
      let records = 0;
      let head: Buffer = beforeAll;
      for (const day of days) {
        if (!day.opening.equals(openingOf(head, day.day))) faults.push({ day: day.day, kind: 'cut off' });
        head = day.head;
        if (noted.get(day.day) === head.toString('hex')) seen.add(day.day);
        if (day.purged_at) {
          if (!day.due) faults.push({ day: day.day, kind: 'gone early' });
          continue;
        }
        const found = await verifyDay(trx, day, (hash) => {
          if (noted.get(day.day) === hash.toString('hex')) seen.add(day.day);
        });
        faults.push(...found.faults);
        records += found.records;
      }
      for (const day of await strayDays(trx)) faults.push({ day, kind: 'without anchor' });
      for (const day of noted.keys()) if (!seen.has(day)) faults.push({ day, kind: 'other than noted' });
      const last = days.at(-1);
      return {
        faults,
        days: days.length,
        purged: days.filter((day) => day.purged_at).length,
        records,
        unsealed: Number((await trx('audit').whereNull('hash').count({ n: '*' }))[0]?.n ?? 0),
        head: last && { day: last.day, hash: last.head.toString('hex') },
      };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

async function verifyDay(trx: Knex, day: Day, onHash: (hash: Buffer) => void) {
  const faults: AuditFault[] = [];
  let records = 0;
  let before = day.opening;
  let last: { place: number; id?: number } = { place: 0 };
  const missing = (to: number) => {
    for (let place = last.place + 1; place < to; place += 1)
      faults.push({ day: day.day, kind: 'removed', place, ...(last.id && { record: last.id }) });
  };
  for await (const one of recordsOf(trx, day.day)) {
    records += 1;
    onHash(one.hash);
    missing(one.place);
    // After a gap nothing says which record came before; the gap is named already.
    const follows = one.place !== last.place + 1 || hashOf(before, one.fields).equals(one.hash);
    if (!follows) faults.push({ day: day.day, kind: 'changed', place: one.place, record: one.id });
    before = one.hash;
    last = { place: one.place, id: one.id };
  }
  missing(day.records + 1);
  if (faults.length === 0 && !before.equals(day.head)) faults.push({ day: day.day, kind: 'other end' });
  return { faults, records };
}

const page = 5_000;

async function* recordsOf(trx: Knex, day: string): AsyncGenerator<SealedRecord> {
  let place = 0;
  for (;;) {
    const { rows } = await trx.raw<{ rows: SealedRecord[] }>(
      `select id, place, hash, ${sealedFields} as fields from audit
        where chain_day = ? and hash is not null and place > ? order by place limit ?`,
      [day, place, page],
    );
    yield* rows;
    if (rows.length < page) return;
    place = rows.at(-1)?.place ?? place;
  }
}

async function strayDays(trx: Knex): Promise<string[]> {
  return trx('audit as a')
    .whereNotNull('a.hash')
    .whereNotExists(trx('audit_day as d').whereRaw('d.day = a.chain_day and d.purged_at is null'))
    .distinct('a.chain_day')
    .orderBy('a.chain_day')
    .pluck('a.chain_day');
}
