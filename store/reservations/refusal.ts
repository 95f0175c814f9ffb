import type { Knex } from 'knex';
import type { Actor, RefusalCode, RequestKind } from '../../domain/request.ts';
import { minute } from '../../domain/time.ts';
import { type KindAtPass, toldKinds } from '../../domain/told-late.ts';
import { dropRefusalMessages, queueMessage } from '../messages/message.ts';

/**
 * Refusals that came after the page had said that a request is on its way. They are told to whoever asked until they
 * were seen, for a week at most (`answerRequest` begins it), and to visitors by one message where nobody saw them for a minute.
 */
export interface Refusal {
  request: string;
  reservation: string;
  kind: RequestKind;
  askedAt: Date;
  code: RefusalCode;
  /** Catalogue keys by field, where admission gave them. */
  fields: Record<string, string>;
  /** The task that was answered. */
  task: string | null;
  /** What was submitted: it can be given back as it was. */
  submission: string | null;
}

/** A page that waits for the answer, or asks again by itself, shows it sooner. */
const messageAfter = minute;

/** Keeps the message with the refusal itself. Staff are told on their pages; where nothing was submitted, nobody waits. */
export async function tellOfRefusal(
  trx: Knex,
  { request, reservation, kind, actor }: { request: string; reservation: string; kind: RequestKind; actor: Actor },
): Promise<void> {
  if (actor.kind !== 'visitor' || !toldKinds.includes(kind)) return;
  const account = await trx('visitor').where({ id: actor.id, erased_at: null }).first('id');
  const submitted = await trx('submission').where({ reservation_id: reservation }).first('id');
  if (!account || !submitted) return;
  const key = `request_refused/${request}`;
  await queueMessage(trx, { reservation, visitor: actor.id, kind: 'request_refused', key, request }, messageAfter);
}

/** The oldest first. @param of one reservation or one task; left out: everything. */
export async function refusalsToTell(
  db: Knex,
  actor: Actor,
  of: { reservation?: string; task?: string } = {},
): Promise<Refusal[]> {
  const rows = await db('request')
    .where({ actor_kind: actor.kind, actor_id: actor.id, status: 'refused' })
    .where('tell_until', '>', db.fn.now())
    .whereIn('kind', toldKinds)
    .modify((query) => {
      if (of.reservation) query.where({ reservation_id: of.reservation });
      if (of.task) query.whereRaw(`payload->>'task' = ?`, [of.task]);
    })
    .orderBy('created_at')
    .select(
      'id',
      'reservation_id',
      'kind',
      'created_at',
      'answer',
      db.raw(`payload->>'task' as task`),
      db.raw(`payload->>'submission' as submission`),
    );
  return (rows as Row[]).map(readRefusal);
}

/** The newest refusal of a kind that was asked for on the page of a pass; none where it was done since. */
export async function refusalAtPass(
  db: Knex,
  pass: { id: string; reservation: string },
  kind: KindAtPass,
  actor: Actor,
): Promise<Refusal | undefined> {
  const row: (Row & { status: string; to_tell: boolean }) | undefined = await db('request')
    .where({ reservation_id: pass.reservation, kind, actor_kind: actor.kind, actor_id: actor.id })
    .whereRaw(`payload->>'pass' = ?`, [pass.id])
    .orderBy('created_at', 'desc')
    .first('*', db.raw('null as task'), db.raw('null as submission'), db.raw('tell_until > now() as to_tell'));
  return row?.status === 'refused' && row.to_tell ? readRefusal(row) : undefined;
}

const readRefusal = (row: Row): Refusal => ({
  request: row.id,
  reservation: row.reservation_id,
  kind: row.kind,
  askedAt: row.created_at,
  code: row.answer.code,
  fields: row.answer.fields ?? {},
  task: row.task,
  submission: row.kind === 'submit' ? row.submission : null,
});

/**
 * They were on a page of their own: it shows them a little longer, since it may be loaded anew. What can be taken up
 * again stays until it is.
 */
export async function seeRefusals(db: Knex, refusals: Refusal[]): Promise<void> {
  await noteSeen(db, refusals);
  const seen = refusals.filter(({ submission }) => submission === null).map(({ request }) => request);
  if (seen.length === 0) return;
  await db('request')
    .whereIn('id', seen)
    .update({ tell_until: db.raw(`least(tell_until, now() + interval '10 minutes')`) });
}

/** They were read, here or on another page: no message is needed. */
export const noteSeen = (db: Knex, refusals: Pick<Refusal, 'request'>[]): Promise<void> =>
  dropRefusalMessages(
    db,
    refusals.map(({ request }) => request),
  );

/** Whoever asked has the answer on the page that they sent it from. */
export async function endTelling(db: Knex, request: string): Promise<void> {
  await db('request').where({ id: request }).update({ tell_until: null });
  await dropRefusalMessages(db, [request]);
}

/** The visitor submits again: what was not submitted before waits no longer to be taken up. */
export async function endTellingOfSubmissions(trx: Knex, visitor: string): Promise<void> {
  const ended = await trx('request')
    .where({ actor_id: visitor, kind: 'submit' })
    .whereNotNull('tell_until')
    .update({ tell_until: null })
    .returning('id');
  await dropRefusalMessages(
    trx,
    ended.map(({ id }) => id),
  );
}

interface Row {
  id: string;
  reservation_id: string;
  kind: RequestKind;
  created_at: Date;
  answer: { code: RefusalCode; fields?: Record<string, string> };
  task: string | null;
  submission: string | null;
}
