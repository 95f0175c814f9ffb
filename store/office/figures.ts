import type { Knex } from 'knex';
import { outcomes, stages } from '../../domain/reservation.ts';
import { lastPurge } from '../own-data/retention.ts';
import { isAhead } from '../reservations/behind.ts';
import { faceCount } from './faces.ts';
import { faultCounts } from './fault.ts';
import { isUnattended } from './unattended.ts';

/**
 * What operators watch of the rows: how many there are and how old the oldest is. Labels are words of the process and
 * gates' ids; no person and no visit is named.
 */

/** One value; its labels are those that `figureGroups` lists for its name. */
export interface Figure {
  name: string;
  labels: Record<string, string>;
  value: number;
}

interface FigureGroup {
  /** What each figure says, and its labels. Ages are in seconds, 0 where nothing waits. */
  figures: Record<string, { help: string; labels?: readonly string[] }>;
  /** Rows of (name, labels, value). A null value is no figure. */
  sql: string;
}

const aged = (since: string) => `coalesce(extract(epoch from now() - ${since}), 0)`;
const words = (list: readonly string[]) => `unnest(array['${list.join(`','`)}'])`;
const recent = (table: string, to: string) => `
  select '${to}' as "to", channel, coalesce(outcome, 'unfinished') as result, receipt from ${table}
   where id > (select uuidv7(interval '-1 hour'))`;

/** Read together, by one statement each. */
export const figureGroups = {
  visits: {
    figures: {
      xiaomen_visits: { help: 'Visits by stage; those that are closed left out.', labels: ['stage'] },
      xiaomen_visits_closed_last_day: { help: 'Visits closed within the last 24 hours.', labels: ['outcome'] },
    },
    sql: `select 'xiaomen_visits' as name, json_build_object('stage', s.stage) as labels, count(r.id) as value
        from ${words(stages.filter((stage) => stage !== 'closed'))} as s (stage)
        left join reservation r on r.stage = s.stage and r.stage <> 'closed' group by s.stage
      union all
      select 'xiaomen_visits_closed_last_day', json_build_object('outcome', o.outcome), count(r.id)
        from ${words(outcomes)} as o (outcome)
        left join reservation r on r.outcome = o.outcome and r.stage = 'closed' and r.closed_at > now() - interval '1 day'
        group by o.outcome`,
  },
  projection: {
    figures: {
      xiaomen_projection_behind_visits: { help: 'Visits whose row does not show yet what was answered.' },
      xiaomen_projection_oldest_seconds: { help: 'Age of the oldest answer that a row does not show yet.' },
    },
    sql: `with behind as (
        select r.id, min(q.answered_at) as since from reservation r join request q on ${isAhead}
        where r.stage <> 'closed' group by r.id)
      select 'xiaomen_projection_behind_visits' as name, '{}'::json as labels, count(*) as value from behind
      union all select 'xiaomen_projection_oldest_seconds', '{}', ${aged('min(since)')} from behind`,
  },
  requests: {
    figures: {
      xiaomen_requests_pending: { help: 'What people asked and has no answer yet.' },
      xiaomen_requests_oldest_seconds: { help: 'Age of the oldest request without an answer.' },
    },
    sql: `with waiting as (select created_at from request where status = 'pending')
      select 'xiaomen_requests_pending' as name, '{}'::json as labels, count(*) as value from waiting
      union all select 'xiaomen_requests_oldest_seconds', '{}', ${aged('min(created_at)')} from waiting`,
  },
  messages: {
    figures: {
      xiaomen_messages_last_hour: {
        help: 'Tries to hand a message over within the last hour; a receipt that says otherwise counts as lost.',
        labels: ['to', 'channel', 'result'],
      },
      xiaomen_messages_queued: {
        help: 'Messages due for delivery; those that a visit hands over itself left out.',
        labels: ['to'],
      },
      xiaomen_messages_queued_oldest_seconds: {
        help: 'How long the one that is due for longest is due.',
        labels: ['to'],
      },
    },
    sql: `with tries as (${recent('message_attempt', 'visitor')} union all ${recent('staff_letter', 'staff')}),
      due as (
        select 'visitor' as "to", next_try_at as since from message where queued and status = 'pending' and next_try_at <= now()
        union all
        select 'staff', send_after from staff_message where status = 'pending' and send_after <= now()),
      waiting as (
        select s."to", count(d.since) as count, min(d.since) as since
          from ${words(['visitor', 'staff'])} as s ("to") left join due d on d."to" = s."to" group by s."to")
      select 'xiaomen_messages_last_hour' as name,
          json_build_object('to', "to", 'channel', channel, 'result', end_result) as labels, count(*) as value
        from (select *, case when result = 'accepted' and receipt <> 'success' then 'lost' else result end as end_result
                from tries) t
        group by "to", channel, end_result
      union all select 'xiaomen_messages_queued', json_build_object('to', "to"), count from waiting
      union all select 'xiaomen_messages_queued_oldest_seconds', json_build_object('to', "to"), ${aged('since')} from waiting`,
  },
  faults: {
    figures: {
      xiaomen_faults: { help: 'Open faults by kind, as the page of faults counts them.', labels: ['kind'] },
    },
    sql: Object.entries(faultCounts)
      .map(
        ([kind, count]) =>
          `select 'xiaomen_faults' as name, json_build_object('kind', '${kind}') as labels, ${count} as value`,
      )
      .join(' union all '),
  },
  tasks: {
    figures: {
      xiaomen_tasks_open: { help: 'Tasks that wait for a decision.' },
      xiaomen_tasks_oldest_seconds: { help: 'Age of the oldest open task.' },
      xiaomen_tasks_unattended: { help: 'Open tasks of departments that have no approver.' },
    },
    sql: `with waiting as (
        select opened_at, department_id in (select d.id from department d where ${isUnattended}) as unattended
          from task where status = 'open')
      select 'xiaomen_tasks_open' as name, '{}'::json as labels, count(*) as value from waiting
      union all select 'xiaomen_tasks_oldest_seconds', '{}', ${aged('min(opened_at)')} from waiting
      union all select 'xiaomen_tasks_unattended', '{}', count(*) filter (where unattended) from waiting`,
  },
  gates: {
    figures: {
      xiaomen_gate_feed_behind: { help: 'Entries of its feed that a gate has not pulled yet.', labels: ['gate'] },
      xiaomen_gate_feed_oldest_seconds: {
        help: 'Age of the oldest entry of its feed that a gate has not pulled yet.',
        labels: ['gate'],
      },
      xiaomen_gate_applied_behind: { help: 'Entries of its feed that a gate has not confirmed yet.', labels: ['gate'] },
      xiaomen_gate_seen_seconds: {
        help: 'Since when a gate was not heard of; none for one that never was.',
        labels: ['gate'],
      },
      xiaomen_gate_forwarded_seconds: {
        help: 'Age of the moment up to which a gate has handed over all it saw.',
        labels: ['gate'],
      },
      xiaomen_gate_disk_failing: { help: '1 while a gate says that its disk takes nothing.', labels: ['gate'] },
      xiaomen_gate_entries_in_memory: {
        help: 'Entries that a gate with a failing disk holds in memory only.',
        labels: ['gate'],
      },
      xiaomen_gate_entries_lost: { help: 'Entries that neither disk nor memory of a gate took.', labels: ['gate'] },
    },
    sql: `select v.name, json_build_object('gate', g.id) as labels, v.value
      from gate g
      left join gate_contact c on c.gate_id = g.id
      left join gate_acknowledgement a on a.gate_id = g.id
      cross join lateral (select coalesce(greatest(c.pulled_through, a.applied_through), 0) as through) p
      left join lateral (select created_at from gate_feed f where f.gate_id = g.id and f.position > p.through
        order by f.position limit 1) n on true
      cross join lateral (values
        ('xiaomen_gate_feed_behind', greatest(g.feed_position - p.through, 0)::float8),
        ('xiaomen_gate_feed_oldest_seconds', ${aged('n.created_at')}),
        ('xiaomen_gate_applied_behind', greatest(g.feed_position - coalesce(a.applied_through, 0), 0)),
        ('xiaomen_gate_seen_seconds', extract(epoch from now() - c.seen_at)),
        ('xiaomen_gate_forwarded_seconds', extract(epoch from now() - c.forwarded_through)),
        ('xiaomen_gate_disk_failing', (c.disk_failing_since is not null)::int),
        ('xiaomen_gate_entries_in_memory', coalesce(c.disk_kept, 0)),
        ('xiaomen_gate_entries_lost', coalesce(c.disk_lost, 0))) as v (name, value)
      where g.retired_at is null`,
  },
  upkeep: {
    figures: {
      xiaomen_retention_age_seconds: { help: 'Since when expired data was last deleted, or since the beginning.' },
      xiaomen_audit_unsealed_seconds: { help: 'Age of the oldest record of the audit that is not sealed yet.' },
      xiaomen_faces: { help: 'People whose face photograph is kept.' },
    },
    sql: `select 'xiaomen_retention_age_seconds' as name, '{}'::json as labels,
          extract(epoch from now() - coalesce(${lastPurge}, (select min(since) from retention))) as value
      union all select 'xiaomen_audit_unsealed_seconds', '{}', ${aged('(select min(at) from audit where hash is null)')}
      union all select 'xiaomen_faces', '{}', ${faceCount}`,
  },
} satisfies Record<string, FigureGroup>;

export type FigureGroupName = keyof typeof figureGroups;

/**
 * A second is plenty for what is only watched: nothing that people wait for stands behind it.
 * @throws Error when the database is away, or takes longer
 */
export async function readFigures(db: Knex, group: FigureGroupName, { limit = 1_000 } = {}): Promise<Figure[]> {
  return db.transaction(
    async (trx) => {
      await trx.raw(`set local statement_timeout to ${limit}`);
      const { rows } = await trx.raw<{ rows: (Figure & { value: string | number | null })[] }>(figureGroups[group].sql);
      return rows.filter(({ value }) => value !== null).map((row) => ({ ...row, value: Number(row.value) }));
    },
    { readOnly: true },
  );
}
