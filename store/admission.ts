import type { Channel } from '../domain/reservation.ts';
import type { Transaction } from '../platform/db.ts';

/** What admission has to know of a submission, read while its reservation is locked. */

export interface Asking {
  reservation: string;
  visitor: string;
  /** The reservation has ended meanwhile. */
  closed: boolean;
  submission: string;
  channel: Channel;
  campus: { id: string; open: boolean; exitsRecorded: boolean; dailyCapacity: number | null };
  department: string;
  /** Open and of this campus. */
  departmentOpen: boolean;
  reasonOpen: boolean;
  from: Date;
  until: Date;
  /** Ordinals of the party; those still missing something are awaited. */
  ordinals: number[];
  awaited: number[];
  /** Everybody's agreement is the visitor's own and to the notice as it reads now. */
  agreed: boolean;
}

/** Locks the reservation's row. Undefined when the submission is not one of this reservation. */
export async function findAsking(
  trx: Transaction,
  reservation: string,
  submission: string,
): Promise<Asking | undefined> {
  const locked = await trx('reservation').where({ id: reservation }).forNoKeyUpdate().first('visitor_id', 'stage');
  const row = await trx('submission as s')
    .join('campus as c', 'c.id', 's.campus_id')
    .join('department as d', 'd.id', 's.department_id')
    .join('reason as r', 'r.id', 's.reason_id')
    .where({ 's.id': submission, 's.reservation_id': reservation })
    .first(
      's.*',
      'c.exits_recorded',
      'c.daily_capacity',
      'c.closed_at as campus_closed',
      'd.campus_id as department_campus',
      'd.closed_at as department_closed',
      'r.closed_at as reason_closed',
    );
  if (!locked || !row) return undefined;
  const { ready, awaited, agreed } = await readPeople(trx, submission, locked.visitor_id);
  return {
    reservation,
    visitor: locked.visitor_id,
    closed: locked.stage === 'closed',
    submission,
    channel: row.channel,
    campus: {
      id: row.campus_id,
      open: !row.campus_closed,
      exitsRecorded: row.exits_recorded,
      dailyCapacity: row.daily_capacity,
    },
    department: row.department_id,
    departmentOpen: !row.department_closed && row.department_campus === row.campus_id,
    reasonOpen: !row.reason_closed,
    from: row.visit_from,
    until: row.visit_until,
    ordinals: [...ready, ...awaited].toSorted((a, b) => a - b),
    awaited,
    agreed: agreed === ready.length,
  };
}

async function readPeople(
  trx: Transaction,
  submission: string,
  visitor: string,
): Promise<{ ready: number[]; awaited: number[]; agreed: number }> {
  const { rows } = await trx.raw<{ rows: [{ ready: number[] | null; agreed: number }] }>(
    `select array_agg(p.ordinal) as ready, count(*) filter (where
        c.visitor_id = :visitor and c.purpose = 'personal_information' and not exists (
          select from notice newer where newer.kind = n.kind and newer.version > n.version
            and newer.published_at <= now())) as agreed
      from reservation_person p
        join consent c on c.id = p.consent_id
        join notice n on n.id = c.notice_id
      where p.submission_id = :submission`,
    { visitor, submission },
  );
  const [{ ready, agreed }] = rows;
  const here = ready ?? [];
  const missing = await trx('awaited_person').where({ submission_id: submission }).pluck<number[]>('ordinal');
  return { ready: here, awaited: missing.filter((ordinal) => !here.includes(ordinal)), agreed: Number(agreed) };
}

/** Another open reservation of the same visitor on the same campus at the same time. */
export async function findOverlap(
  trx: Transaction,
  { reservation, visitor, campus, from, until }: Asking,
): Promise<boolean> {
  const other = await trx('reservation')
    .where({ visitor_id: visitor, campus_id: campus.id })
    .whereNot({ id: reservation })
    .whereIn('stage', ['approval', 'pass', 'notification', 'visit'])
    .andWhere('visit_from', '<', until)
    .andWhere('visit_until', '>', from)
    .first('id');
  return other !== undefined;
}
