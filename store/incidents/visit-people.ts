import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { guardianOf, type Person } from './affected-person.ts';

/** The people of visits, as they were submitted last, with the phone by which they are reached now. */

export type VisitPerson = Person & { ordinal: number };

/** @returns by visit; erased people have no name */
export async function peopleOfVisits(
  db: Knex,
  cipher: FieldCipher,
  visits: string[],
): Promise<Map<string, VisitPerson[]>> {
  const { rows } = await db.raw<{ rows: Row[] }>(people, { visits });
  return Map.groupBy(
    rows.map((row) => ({ visit: row.visit, ...readPerson(cipher, row) })),
    ({ visit }) => visit,
  );
}

function readPerson(cipher: FieldCipher, row: Row): VisitPerson {
  const name = row.awaited
    ? cipherOf(cipher, 'awaited_person', row.row, 'name_enc', row.name_enc)
    : cipherOf(cipher, 'reservation_person', row.row, 'name_enc', row.name_enc);
  const current = cipherOf(cipher, 'visitor', row.account, 'phone_enc', row.account_phone);
  const submitted = row.awaited ? null : cipherOf(cipher, 'reservation_person', row.row, 'phone_enc', row.phone_enc);
  const own = current ?? submitted;
  return {
    id: row.account ?? row.companion ?? `${row.visit}/${row.ordinal}`,
    ordinal: row.ordinal,
    name,
    phone: own ?? cipherOf(cipher, 'visitor', row.lead, 'phone_enc', row.lead_phone),
    byAnother: own === null,
    language: row.language,
    guardian: guardianOf(cipher, row),
  };
}

function cipherOf(
  cipher: FieldCipher,
  table: string,
  id: string | null,
  column: string,
  sealed: Buffer | null,
): string | null {
  return id === null || sealed === null ? null : rowCipher(cipher, table, id).open(column, sealed);
}

interface Row {
  visit: string;
  ordinal: number;
  /** Still missing something: a name alone. */
  awaited: boolean;
  /** What names the row in its seals. */
  row: string;
  name_enc: Buffer | null;
  phone_enc: Buffer | null;
  companion: string | null;
  account: string | null;
  account_phone: Buffer | null;
  lead: string;
  lead_phone: Buffer | null;
  language: 'zh-CN' | 'en';
  guardian: string | null;
  guardian_name: Buffer | null;
  guardian_phone: Buffer | null;
}

/** Of each place in a visit the newest row that still says who it is. */
const people = `
  select p.visit, p.ordinal::int as ordinal, p.awaited, p.row, p.name_enc, p.phone_enc, p.companion,
      p.account, v.phone_enc as account_phone, l.id as lead, l.phone_enc as lead_phone,
      coalesce(v.language, l.language) as language,
      g.id as guardian, g.name_enc as guardian_name, g.phone_enc as guardian_phone
    from (
      select distinct on (all_of.visit, all_of.ordinal) all_of.* from (
        select q.reservation_id as visit, q.ordinal, false as awaited, q.id::text as row, q.name_enc, q.phone_enc,
            q.companion_id as companion, q.visitor_id as account, q.guardian_id, s.created_at
          from reservation_person q join submission s on s.id = q.submission_id where q.reservation_id = any(:visits)
        union all
        select a.reservation_id, a.ordinal, true, a.submission_id || '/' || a.ordinal, a.name_enc, null,
            a.companion_id, null, null, s.created_at
          from awaited_person a join submission s on s.id = a.submission_id where a.reservation_id = any(:visits)
      ) all_of
      order by all_of.visit, all_of.ordinal, (all_of.name_enc is null), all_of.awaited, all_of.created_at desc
    ) p
    join reservation r on r.id = p.visit
    join visitor l on l.id = r.visitor_id
    left join visitor v on v.id = p.account
    left join guardian g on g.id = p.guardian_id
    order by r.created_at desc, p.ordinal`;
