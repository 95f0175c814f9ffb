import type { Knex } from 'knex';
import { type Actor, type RefusalCode, type RequestKind, toldKinds } from '../../domain/request.ts';

/**
 * Refusals that came after the page had said that a request is on its way. They are told to whoever asked until they
 * were seen, for a week at most (`answerRequest` begins it).
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
  return (rows as Row[]).map((row) => ({
    request: row.id,
    reservation: row.reservation_id,
    kind: row.kind,
    askedAt: row.created_at,
    code: row.answer.code,
    fields: row.answer.fields ?? {},
    task: row.task,
    submission: row.kind === 'submit' ? row.submission : null,
  }));
}

/**
 * They were on a page of their own: it shows them a little longer, since it may be loaded anew. What can be taken up
 * again stays until it is.
 */
export async function seeRefusals(db: Knex, refusals: Refusal[]): Promise<void> {
  const seen = refusals.filter(({ submission }) => submission === null).map(({ request }) => request);
  if (seen.length === 0) return;
  await db('request')
    .whereIn('id', seen)
    .update({ tell_until: db.raw(`least(tell_until, now() + interval '10 minutes')`) });
}

/** Whoever asked has the answer on the page that they sent it from. */
export async function endTelling(db: Knex, request: string): Promise<void> {
  await db('request').where({ id: request }).update({ tell_until: null });
}

/** The visitor submits again: what was not submitted before waits no longer to be taken up. */
export async function endTellingOfSubmissions(trx: Knex, visitor: string): Promise<void> {
  await trx('request')
    .where({ actor_id: visitor, kind: 'submit' })
    .whereNotNull('tell_until')
    .update({ tell_until: null });
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
