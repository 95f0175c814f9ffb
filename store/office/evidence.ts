import type { Knex } from 'knex';
import type { AddedPlace } from '../../domain/added-signer.ts';
import type { MessengerName } from '../../domain/messengers.ts';
import type { RevocationReason, RevokingRole } from '../../domain/revocation.ts';
import type { ActingWay, Seat } from '../../domain/staff-role.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { announcedTask } from '../approval/announced-task.ts';
import { departmentsAbove } from '../approval/revocation.ts';
import { seenByCard, seenByLink, seenOnPage } from '../approval/seen.ts';
import { actingIn } from '../audit/acting.ts';
import type { Localized } from '../content/content-cache.ts';

/** Who asked, who decided, on what they saw, when and by which way: what those who sign can show later. */

/**
 * An admin, an auditor, a person who decided of it or for whom somebody did, and the head of its department or of one above.
 */
export async function mayReadEvidence(db: Knex, staff: string, reservation: string): Promise<boolean> {
  const { rows } = await db.raw(
    `select 1 from staff s join reservation r on r.id = :reservation
      where s.id = :staff and s.left_at is null and r.submission_id is not null and (
        s.is_admin
        or exists (select from staff_role m where m.staff_id = s.id and m.role = 'auditor')
        or exists (select from decision d where d.reservation_id = r.id and s.id in (d.staff_id, d.behalf_id))
        or exists (select from staff_role m where m.staff_id = s.id and m.role = 'head'
          and (m.department_id is null or m.department_id in (${departmentsAbove}))))`,
    { staff, reservation },
  );
  return rows.length > 0;
}

export interface DecisionEvidence {
  request: string;
  verdict: string;
  at: Date;
  staff: string;
  /** Why they might: null for decisions of long ago, and where a visit was ended. */
  via: ActingWay | null;
  behalf: string | null;
  /** The address, masked, where it was decided by a link without a login. */
  linkSentTo: string | null;
  /** The same by a card: the user, masked, of which messenger. */
  card: { messenger: MessengerName; user: string } | null;
  department: string | null;
  /** Whose signature it was: of a step of the submission's policy. */
  seat: { round: number; step: number; ordinal: number; role: Seat } | null;
  policyVersion: number | null;
  submission: string | null;
  reason: string | null;
  /** Why it was refused, in the words of the office's list as they were then. */
  refusedFor: Localized | null;
  /** Fields that were marked to be corrected. */
  marked: string[] | null;
  revoked: { for: RevocationReason; as: RevokingRole; ordinal: number | null } | null;
  /** Who was added, to sign before or after. */
  added: { staff: string; place: AddedPlace } | null;
  /** The step that it was sent back to, counted from 0. */
  toStep: number | null;
  /** It signed, and somebody with a later task sent the visit back: nothing of it counts. */
  sentBack: boolean;
  /** Another time that was proposed. */
  window: { from: Date; until: Date } | null;
  /** The process took it, refused it or has not answered. */
  status: 'pending' | 'answered' | 'refused';
  seen: {
    /** SHA-256, hex. */
    hash: string;
    /** Whether what is kept today has the same. */
    same: boolean;
  } | null;
}

/** Every decision of a reservation, in the order in which they were taken. */
export async function decisionsOf(db: Knex, cipher: FieldCipher, reservation: string): Promise<DecisionEvidence[]> {
  const rows: Row[] = await db('decision as d')
    .join('request as q', 'q.id', 'd.request_id')
    .joinRaw(`left join task as t on t.id::text = q.payload->>'task'`)
    // The link itself goes with its time, or with who leaves.
    .joinRaw(
      `left join audit as w on w.subject_kind = 'reservation' and w.subject_id = d.reservation_id::text
        and w.detail->>'request' = d.request_id::text
        and coalesce(w.detail->>'link_sent_to', w.detail->>'card_sent_to') is not null`,
    )
    .leftJoin('added_signer as n', 'n.request_id', 'd.request_id')
    .leftJoin('proposal as p', 'p.request_id', 'd.request_id')
    .leftJoin('compiled_policy as c', 'c.submission_id', 'd.submission_id')
    .joinRaw(
      `left join approval_policy_version as v on v.id = coalesce((
        select m.version_id from policy_move m join request w on w.id = m.request_id and w.status <> 'refused'
        where m.submission_id = d.submission_id and m.moved_at <= d.created_at order by m.moved_at desc limit 1), c.version_id)`,
    )
    .where('d.reservation_id', reservation)
    .orderBy('d.created_at')
    .select(
      'd.*',
      'q.status',
      't.id as task',
      't.round',
      't.step',
      't.ordinal',
      't.role',
      'w.detail as recorded',
      'n.staff_id as added_id',
      'n.place',
      'p.visit_from',
      'p.visit_until',
      'v.version as policy_version',
      db.raw(`case when q.kind = 'return_to_step' then (q.payload->>'step')::int end as to_step`),
      db.raw('exists (select from signature_sent_back b where b.decision_id = d.request_id and b.whole) as sent_back'),
    );
  return Promise.all(rows.map((row) => read(db, cipher, row)));
}

interface Row {
  request_id: string;
  verdict: string;
  created_at: Date;
  staff_id: string;
  via: ActingWay | null;
  behalf_id: string | null;
  department_id: string | null;
  submission_id: string | null;
  reason_enc: Buffer | null;
  refused_words: Localized | null;
  marked_fields: string[] | null;
  revoked_for: RevocationReason | null;
  revoked_as: RevokingRole | null;
  revoked_ordinal: number | null;
  seen_hash: Buffer | null;
  status: DecisionEvidence['status'];
  task: string | null;
  round: number | null;
  step: number | null;
  ordinal: number | null;
  role: Seat | null;
  recorded: Record<string, unknown> | null;
  added_id: string | null;
  place: AddedPlace | null;
  to_step: number | null;
  sent_back: boolean;
  visit_from: Date | null;
  visit_until: Date | null;
  policy_version: number | null;
}

async function read(db: Knex, cipher: FieldCipher, row: Row): Promise<DecisionEvidence> {
  const { round, step, ordinal, role, revoked_for, revoked_as } = row;
  return {
    request: row.request_id,
    verdict: row.verdict,
    at: row.created_at,
    staff: row.staff_id,
    via: row.via,
    behalf: row.behalf_id,
    ...withoutLogin(row),
    department: row.department_id,
    seat: round !== null && step !== null && ordinal !== null && role ? { round, step, ordinal, role } : null,
    policyVersion: row.policy_version,
    submission: row.submission_id,
    reason:
      row.reason_enc && cipher.open({ table: 'decision', column: 'reason_enc', row: row.request_id }, row.reason_enc),
    refusedFor: row.refused_words,
    marked: row.marked_fields,
    revoked: revoked_for && revoked_as && { for: revoked_for, as: revoked_as, ordinal: row.revoked_ordinal },
    added: row.added_id && row.place ? { staff: row.added_id, place: row.place } : null,
    toStep: row.to_step,
    sentBack: row.sent_back,
    window: row.visit_from && row.visit_until && { from: row.visit_from, until: row.visit_until },
    status: row.status,
    seen: row.seen_hash && (await compared(db, cipher, row, row.seen_hash.toString('hex'))),
  };
}

/** Against what the same page would show of it today: people are added when they become ready, and erased in their time. */
async function compared(db: Knex, cipher: FieldCipher, row: Row, hash: string) {
  const { submission_id, task } = row;
  const { linkSentTo, card } = withoutLogin(row);
  const shown = (linkSentTo || card) && task ? await announcedTask(db, cipher, task) : undefined;
  const now = shown
    ? (card ? seenByCard : seenByLink)(shown)
    : submission_id
      ? await seenOnPage(db, cipher, submission_id)
      : undefined;
  return { hash, same: now?.hash === hash };
}

function withoutLogin({ recorded }: Row): Pick<DecisionEvidence, 'linkSentTo' | 'card'> {
  const { linkSentTo = null, card = null } = actingIn(recorded ?? {});
  return { linkSentTo, card };
}

export interface SubmissionEvidence {
  id: string;
  kind: 'request' | 'change';
  at: Date;
  from: Date;
  until: Date;
  people: number;
}

/** What was asked for, the first form first. */
export async function submissionsOf(db: Knex, reservation: string): Promise<SubmissionEvidence[]> {
  const rows = await db('submission as s')
    .where('s.reservation_id', reservation)
    .orderBy('s.created_at')
    .select(
      's.id',
      's.kind',
      's.created_at',
      's.visit_from',
      's.visit_until',
      db.raw(`(select count(*)::int from (
        select ordinal from reservation_person where submission_id = s.id union
        select ordinal from awaited_person where submission_id = s.id) party) as people`),
    );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    at: row.created_at,
    from: row.visit_from,
    until: row.visit_until,
    people: row.people,
  }));
}
