import type { Knex } from 'knex';
import { type MarkedField, readMarks } from '../../domain/marked-field.ts';
import { messageKinds } from '../../domain/message-kinds.ts';
import type { RefusalCode, RequestKind } from '../../domain/request.ts';
import type { Channel, Stage } from '../../domain/reservation.ts';
import type { RevocationReason } from '../../domain/revocation.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Localized } from '../content/content-cache.ts';
import { readVisitCode } from '../passes/visit-code.ts';
import { readPeople } from '../reservations/submission.ts';
import type { Message } from './message.ts';

/** What a message speaks of, in clear: read for one attempt, kept nowhere. */
export interface AnnouncedVisit {
  stage: Stage;
  visitorName: string;
  campus: Localized;
  from: Date;
  until: Date;
  /** The pass the message is about: the one it names, else the lead's. */
  pass?: { id: string; ordinal: number; code: string };
  /** It came back to be corrected, and nothing was submitted since. */
  returned: boolean;
  /** It was approved, and its fee was not paid in time. */
  unpaid: boolean;
  /** What an approver typed. */
  reason?: string;
  /** Why staff ended it, from their list. */
  revokedFor?: RevocationReason;
  /** Why it was refused, from the office's list. */
  refusedFor?: Localized;
  /** What is to be corrected: names of fields. */
  marked?: MarkedField[];
  refused?: RefusedRequest;
}

/** What was asked for and not done; `fields`: catalogue keys, where admission gave them. */
export interface RefusedRequest {
  kind: RequestKind;
  code: RefusalCode;
  fields: Record<string, string>;
}

/** @throws Error while the reservation's rows are behind its workflow; the attempt is made again. */
export async function announcedVisit(db: Knex, cipher: FieldCipher, message: Message): Promise<AnnouncedVisit> {
  const refused = await refusedOf(db, message.request);
  const row = await db('reservation as r')
    .joinRaw('join submission as s on s.id = coalesce(r.submission_id, cast(? as uuid))', [refused?.submission ?? null])
    .join('campus as c', 'c.id', 's.campus_id')
    .where('r.id', message.reservation)
    .first('r.stage', 's.channel', 's.id as submission', 's.visit_from', 's.visit_until', 'c.name_zh', 'c.name_en');
  if (!row) throw new Error('The rows of this reservation are behind');
  const pass = await passOf(db, cipher, message);
  const proposal =
    messageKinds[message.kind].speaksOf === 'proposed time' &&
    (await db('proposal').where({ request_id: message.decision }).first());
  const given = await reasonOf(db, cipher, message, row.channel);
  const people = await readPeople(db, cipher, row.submission);
  const person = people.find(({ ordinal }) => ordinal === (message.pass ? pass?.ordinal : 0)) ?? people[0];
  return {
    stage: row.stage,
    visitorName: person?.name ?? '',
    campus: { 'zh-CN': row.name_zh, en: row.name_en },
    from: proposal ? proposal.visit_from : row.visit_from,
    until: proposal ? proposal.visit_until : row.visit_until,
    returned: await wasReturned(db, message.reservation),
    unpaid: await wasUnpaid(db, message.reservation),
    ...(pass && { pass }),
    ...given,
    ...(refused && { refused }),
  };
}

async function refusedOf(
  db: Knex,
  request: string | null,
): Promise<(RefusedRequest & { submission: string | null }) | undefined> {
  if (!request) return undefined;
  // Where nothing was ever admitted, it speaks of what was asked for last.
  const row = await db('request as q')
    .where({ 'q.id': request, 'q.status': 'refused' })
    .first(
      'q.kind',
      'q.answer',
      db.raw(`coalesce(cast(q.payload->>'submission' as uuid), (select id from submission s
        where s.reservation_id = q.reservation_id order by s.created_at desc limit 1)) as submission`),
    );
  return row && { kind: row.kind, submission: row.submission, code: row.answer.code, fields: row.answer.fields ?? {} };
}

/** The last that was heard of the approver is that the request is to be corrected. */
async function wasReturned(db: Knex, reservation: string): Promise<boolean> {
  const last = await db('task').where({ reservation_id: reservation }).orderBy('round', 'desc').first('round');
  const returned = last && { reservation_id: reservation, round: last.round, status: 'returned' };
  return Boolean(returned && (await db('task').where(returned).first('id')));
}

const wasUnpaid = async (db: Knex, reservation: string): Promise<boolean> =>
  (await db('timeline').where({ reservation_id: reservation, kind: 'payment_lapsed' }).first('seq')) !== undefined;

async function passOf(db: Knex, cipher: FieldCipher, message: Message): Promise<AnnouncedVisit['pass']> {
  const row = await db('pass')
    .where({ reservation_id: message.reservation })
    .andWhere(message.pass ? { id: message.pass } : { ordinal: 0 })
    .first('id', 'ordinal');
  const code = row && (await readVisitCode(db, cipher, row.id));
  return code && { id: row.id, ordinal: row.ordinal, code };
}

/** A companion's message is queued with their pass, and names no decision: it speaks of the one that ended the visit. */
async function reasonOf(
  db: Knex,
  cipher: FieldCipher,
  { decision, kind, reservation, pass }: Message,
  channel: Channel,
): Promise<Pick<AnnouncedVisit, 'reason' | 'revokedFor' | 'refusedFor' | 'marked'>> {
  const row = decision
    ? await db('decision').where({ request_id: decision }).first()
    : kind === 'revoked' && (await revocationOf(db, reservation, pass));
  if (!row) return {};
  const { request_id, reason_enc, revoked_for, refused_words, marked_fields } = row;
  const marked = readMarks(channel, marked_fields ?? null);
  const reason = reason_enc && cipher.open({ table: 'decision', column: 'reason_enc', row: request_id }, reason_enc);
  return {
    ...(reason && { reason }),
    ...(revoked_for && { revokedFor: revoked_for }),
    ...(refused_words && { refusedFor: refused_words }),
    ...(marked.length > 0 && { marked }),
  };
}

/** The newest that was not refused and speaks of this pass, or of everybody. */
async function revocationOf(db: Knex, reservation: string, pass: string | null) {
  return db('decision as d')
    .join('request as q', 'q.id', 'd.request_id')
    .where({ 'd.reservation_id': reservation, 'd.verdict': 'revoked' })
    .whereNot('q.status', 'refused')
    .whereRaw(
      '(d.revoked_ordinal is null or d.revoked_ordinal = (select p.ordinal from pass p where p.id = ?::uuid limit 1))',
      [pass],
    )
    .orderBy('d.created_at', 'desc')
    .first('d.request_id', 'd.reason_enc', 'd.revoked_for');
}
