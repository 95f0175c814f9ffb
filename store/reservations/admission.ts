import { isChild } from '../../domain/age.ts';
import { birthDayIn } from '../../domain/identity-number.ts';
import { type Channel, openStages } from '../../domain/reservation.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Transaction } from '../../platform/db.ts';
import { leaving } from './leaving.ts';
import { lockReservation } from './lock.ts';
import { readPeople } from './submission.ts';

/** What admission has to know of a submission, read while its reservation is locked. */

export interface AdmissionFacts {
  reservation: string;
  visitor: string;
  /** The reservation has ended meanwhile. */
  closed: boolean;
  submission: string;
  channel: Channel;
  campus: { id: string; open: boolean; exitsRecorded: boolean; extensions: boolean; dailyCapacity: number | null };
  department: string;
  /** Open, of this campus, and one that receives. */
  departmentOpen: boolean;
  /** Open, and offered everywhere or by this department. */
  reasonOpen: boolean;
  from: Date;
  until: Date;
  /** Ordinals of the party; those still missing something are awaited. */
  ordinals: number[];
  awaited: number[];
  /** The vehicle that comes with them. */
  plate: string | null;
  /** Everybody agreed, or somebody who may speak for them, to the notice as it reads now; see `readParty`. */
  agreed: boolean;
  /** The window of the visit that it departs from. */
  standing?: { from: Date; until: Date };
}

/**
 * Locks the visitor's admissions, so that two at the same instant see each other, and the reservation's row. Undefined when the submission is not one of this reservation.
 * @param asked.replaces the submission in whose place it is to stand
 */
export async function findAdmissionFacts(
  trx: Transaction,
  cipher: FieldCipher,
  asked: { reservation: string; submission: string; replaces?: { submission: string } },
): Promise<AdmissionFacts | undefined> {
  const { reservation, submission, replaces } = asked;
  // Not the visitor's row: a page that keeps a submission locks that before the reservation's.
  await trx.raw(
    `select pg_advisory_xact_lock(hashtextextended('admission/' || visitor_id, 0)) from reservation where id = ?`,
    [reservation],
  );
  const locked = await lockReservation(trx, reservation);
  const row = await trx('submission as s')
    .join('campus as c', 'c.id', 's.campus_id')
    .join('department as d', 'd.id', 's.department_id')
    .join('reason as r', 'r.id', 's.reason_id')
    .where({ 's.id': submission, 's.reservation_id': reservation })
    .first(
      's.*',
      'c.exits_recorded',
      'c.extensions',
      'c.daily_capacity',
      'c.closed_at as campus_closed',
      'd.campus_id as department_campus',
      'd.closed_at as department_closed',
      'd.receives',
      'r.closed_at as reason_closed',
      'r.department_id as reason_department',
    );
  if (!locked || !row) return undefined;
  const party = await readParty(trx, cipher, submission, locked.visitor);
  const standing =
    replaces && (await trx('submission').where({ id: replaces.submission, reservation_id: reservation }).first());
  return {
    reservation,
    visitor: locked.visitor,
    closed: locked.stage === 'closed',
    submission,
    channel: row.channel,
    campus: {
      id: row.campus_id,
      open: !row.campus_closed,
      exitsRecorded: row.exits_recorded,
      extensions: row.extensions,
      dailyCapacity: row.daily_capacity,
    },
    department: row.department_id,
    departmentOpen: !row.department_closed && row.receives && row.department_campus === row.campus_id,
    reasonOpen: !row.reason_closed && [null, row.department_id].includes(row.reason_department),
    from: row.visit_from,
    until: row.visit_until,
    ...party,
    ...(standing && { standing: { from: standing.visit_from, until: standing.visit_until } }),
  };
}

/**
 * An agreement counts when it stands and is to the notice as it reads now: one's own, or for somebody without an
 * account the declaration of the lead. A person who joined and took that back comes along no longer. Under fourteen, a guardian's stands beside it (PIPL art. 31).
 */
async function readParty(
  trx: Transaction,
  cipher: FieldCipher,
  submission: string,
  lead: string,
): Promise<Pick<AdmissionFacts, 'ordinals' | 'awaited' | 'plate' | 'agreed'>> {
  const leaving: number[] = await leavingFrom(trx, submission);
  const stays = ({ ordinal }: { ordinal: number }) => !leaving.includes(ordinal);
  const people = (await readPeople(trx, cipher, submission)).filter(stays);
  const here = people.map(({ ordinal }) => ordinal);
  const missing = await trx('awaited_person').where({ submission_id: submission }).pluck<number[]>('ordinal');
  const awaited = missing
    .filter((ordinal) => !here.includes(ordinal) && !leaving.includes(ordinal))
    .toSorted((a, b) => a - b);
  const agreements = await readAgreements(trx, submission, lead);
  return {
    ordinals: [...here, ...awaited].toSorted((a, b) => a - b),
    awaited,
    plate: people.find(({ plate }) => plate !== null)?.plate ?? null,
    agreed: people.every((person) => {
      const agreement = agreements.find(({ ordinal }) => ordinal === person.ordinal);
      return (
        agreement?.agreed === true && (agreement.guarded || !isChild(person.birthDay ?? birthDayIn(person.document)))
      );
    }),
  };
}

/**
 * Ordinals whose removal was asked for since it was submitted, effective already or on its way: what was kept first is at
 * times delivered last, and must not bring anybody back.
 */
const leavingFrom = (trx: Transaction, submission: string): Promise<number[]> =>
  trx('submission as s')
    .join('reservation as r', 'r.id', 's.reservation_id')
    .joinRaw(`cross join lateral ${leaving('submission')} asked`)
    .where('s.id', submission)
    .pluck('asked.ordinal');

async function readAgreements(
  trx: Transaction,
  submission: string,
  lead: string,
): Promise<{ ordinal: number; agreed: boolean; guarded: boolean }[]> {
  const { rows } = await trx.raw<{ rows: { ordinal: number; agreed: boolean; guarded: boolean }[] }>(
    `select p.ordinal, c.withdrawn_at is null
        and not exists (select from notice newer where newer.kind = n.kind and newer.version > n.version
          and newer.published_at <= now())
        and (
          (c.purpose = 'personal_information' and c.visitor_id = p.visitor_id
            and (p.ordinal > 0 or c.visitor_id = :lead)
            and not exists (select from consent joined where joined.visitor_id = p.visitor_id
              and joined.purpose = 'companion' and joined.subject_id = p.companion_id
              and joined.withdrawn_at is not null))
          or (c.purpose = 'companion' and p.visitor_id is null and c.visitor_id = :lead
            and c.subject_id = p.companion_id)
          or (c.purpose = 'guardian' and c.id = g.consent_id)
        ) is true as agreed,
        (g.erased_at is null and gc.purpose = 'guardian' and gc.withdrawn_at is null) is true as guarded
      from reservation_person p
        join consent c on c.id = p.consent_id
        join notice n on n.id = c.notice_id
        left join guardian g on g.id = p.guardian_id
        left join consent gc on gc.id = g.consent_id
      where p.submission_id = :submission`,
    { lead, submission },
  );
  return rows;
}

/** Notes that a submission was admitted, or was not: what its workflow makes of that is in the rows a moment later. */
export async function markAdmitted(trx: Transaction, submission: string, admitted: boolean): Promise<void> {
  await trx('submission')
    .where({ id: submission })
    .andWhereRaw('(admitted_at is null) = ?', [admitted])
    .update({ admitted_at: admitted ? trx.fn.now() : null });
}

/**
 * Another open reservation for the same first person on the same campus at the same time, as it stands, as it would
 * after a change that waits, or as it was admitted in a request that is not answered yet.
 */
export async function findOverlap(
  trx: Transaction,
  { reservation, submission, visitor, campus, from, until }: AdmissionFacts,
): Promise<boolean> {
  const { rows } = await trx.raw(
    `select from reservation r
        join submission s on s.reservation_id = r.id
      where r.visitor_id = :visitor and r.id <> :reservation and r.stage <> 'closed'
        and (
          (s.id in (r.submission_id, r.change_submission_id) and r.stage = any(:openStages))
          or (s.admitted_at is not null and exists (select from request q where q.reservation_id = r.id
            and q.status = 'pending' and q.payload->>'submission' = s.id::text))
        )
        and s.campus_id = :campus and s.visit_from < :until and s.visit_until > :from
        and (select companion_id from reservation_person where submission_id = s.id and ordinal = 0)
          is not distinct from (select companion_id from reservation_person where submission_id = :submission and ordinal = 0)
      limit 1`,
    { visitor, reservation, campus: campus.id, from, until, submission, openStages },
  );
  return rows.length > 0;
}
