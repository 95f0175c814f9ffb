import type { Knex } from 'knex';
import { type Acting, actingIn } from './acting.ts';
import type { AuditAction, AuditActor, AuditSubject } from './audit.ts';
import { refusedSince } from './audit-log.ts';

/** The audit of one subject, to be read: what somebody did again and again is one line. */

export interface AuditLine {
  /** Of its newest record; where the next page goes on. */
  id: number;
  /** Of its newest record. */
  at: Date;
  /** How many records the line stands for, and when the first of them was made. */
  times: number;
  firstAt: Date;
  actor: { kind: AuditActor['kind']; id: string | null } & Acting;
  action: AuditAction;
  detail: Record<string, unknown>;
  /** It was asked for, and the process refused it. */
  refused: boolean;
}

export interface AuditTrail {
  /** Newest first. */
  lines: AuditLine[];
  /** How many lines there are below these. */
  older: number;
}

/**
 * Folds the showings of a pass by person: a phone at a gate makes dozens, and they would push everything else out. Every
 * other record is a line.
 * @param page.before the id of the line above which nothing is wanted; left out: the newest
 */
export async function auditTrail(
  db: Knex,
  subject: { kind: AuditSubject; id: string },
  page: { limit: number; before?: number | undefined },
): Promise<AuditTrail> {
  const { rows } = await db.raw<{ rows: Row[] }>(trail, { ...subject, ...page, before: page.before ?? null });
  return {
    lines: rows.map((row) => ({
      id: Number(row.id),
      at: row.at,
      times: row.times,
      firstAt: row.first_at,

      actor: { kind: row.actor_kind, id: row.actor_id, ...actingIn(row.detail) },
      action: row.action,
      detail: row.detail,
      refused: row.refused,
    })),
    older: Math.max(0, (rows[0]?.lines ?? 0) - rows.length),
  };
}

interface Row {
  id: string;
  at: Date;
  first_at: Date;
  times: number;
  actor_kind: AuditActor['kind'];
  actor_id: string | null;
  action: AuditAction;
  detail: Record<string, unknown>;
  refused: boolean;
  /** On this page and below. */
  lines: number;
}

const trail = `
  select *, (count(*) over ())::int as lines, ${refusedSince('line.detail')} as refused from (
    select max(id) as id, max(at) as at, min(at) as first_at, count(*)::int as times, actor_kind, actor_id, action,
           (array_agg(detail order by id desc))[1] as detail
      from audit where subject_kind = :kind and subject_id = :id
      group by actor_kind, actor_id, action, case when action = 'pass_shown' then 0 else id end) as line
  where cast(:before as bigint) is null or id < cast(:before as bigint)
  order by id desc limit :limit`;
