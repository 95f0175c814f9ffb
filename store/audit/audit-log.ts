import type { Knex } from 'knex';
import { type Acting, actingIn } from './acting.ts';
import type { AuditAction, AuditActor, AuditSubject } from './audit.ts';

/** The audit of everything, newest first. A row speaks in ids; reasons that somebody typed stay sealed. */

/**
 * SQL over a row of the audit: whether the process refused since what was asked with it. The row tells what somebody asked for, and is
 * never changed.
 * @param detail SQL for its detail
 */
export const refusedSince = (detail: string): string => `exists (select from request q where q.status = 'refused'
  and q.id = case when ${detail} ->> 'request' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (${detail} ->> 'request')::uuid end)`;

export interface AuditRow {
  id: number;
  at: Date;
  actor: { kind: AuditActor['kind']; id: string | null } & Acting;
  action: AuditAction;
  subject: { kind: AuditSubject; id: string };
  /** Which kind of content was changed. */
  content: string | null;
  /** It was asked for, and the process refused it. */
  refused: boolean;
}

/** @param page.before the id above which nothing is wanted; left out: the newest */
export async function auditLog(
  db: Knex,
  page: { limit: number; before?: number | undefined; action?: AuditAction | undefined },
): Promise<{ rows: AuditRow[]; next?: number }> {
  const rows: KeptRow[] = await db('audit')
    .modify((query) => {
      if (page.before !== undefined) query.where('id', '<', page.before);
      if (page.action) query.where('action', page.action);
    })
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .select('id', 'at', 'actor_kind', 'actor_id', 'action', 'subject_kind', 'subject_id', 'detail')
    .select(db.raw(`${refusedSince('detail')} as refused`))
    .select(db.raw(`case when subject_kind = 'content' then detail ->> 'kind' end as content`));
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  return {
    rows: shown.map((row) => ({
      id: Number(row.id),
      at: row.at,
      actor: { kind: row.actor_kind, id: row.actor_id, ...actingIn(row.detail) },
      action: row.action,
      subject: { kind: row.subject_kind, id: row.subject_id },
      content: row.content,
      refused: row.refused,
    })),
    ...(rows.length > page.limit && last && { next: Number(last.id) }),
  };
}

interface KeptRow {
  id: string;
  at: Date;
  actor_kind: AuditActor['kind'];
  actor_id: string | null;
  action: AuditAction;
  subject_kind: AuditSubject;
  subject_id: string;
  content: string | null;
  detail: Record<string, unknown>;
  refused: boolean;
}
