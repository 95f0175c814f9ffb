import type { Knex } from 'knex';
import { type GateStanding, gateStandings } from './gate-standing.ts';
import { purgeOverdue, purgeStanding } from './retention.ts';

/** What stands in the way right now: shown to admins, never silently dropped. */

export interface Faults {
  requests: {
    id: string;
    reservation: string;
    kind: string;
    attempts: number;
    fault: string | null;
    createdAt: Date;
    nextAttemptAt: Date;
  }[];
  messages: {
    id: string;
    reservation: string;
    kind: string;
    channel: 'wechat' | 'sms' | null;
    fault: string | null;
    createdAt: Date;
  }[];
  gates: GateStanding[];
  /** The daily deletion of what is past its time. */
  purge: { lastRun: Date | null; overdue: boolean };
}

const shown = 50;
/** A message that failed longer ago helps nobody any more. */
const remembered = '7 days';
/** A request younger than this is simply on its way. */
const patience = '10 seconds';

export async function findFaults(db: Knex): Promise<Faults> {
  const [requests, messages, gates, purge] = await Promise.all([
    db('request')
      .where({ status: 'pending' })
      .whereRaw('created_at < now() - ?::interval', [patience])
      .orderBy('next_attempt_at')
      .limit(shown),
    db('message as m')
      .where('m.status', 'failed')
      .whereRaw('m.created_at > now() - ?::interval', [remembered])
      .orderBy('m.created_at', 'desc')
      .limit(shown)
      .select(
        'm.*',
        db.raw(
          '(select a.fault from message_attempt a where a.message_id = m.id order by a.started_at desc limit 1) as fault',
        ),
      ),
    gateStandings(db),
    purgeStanding(db),
  ]);
  return {
    requests: requests.map((row) => ({
      id: row.id,
      reservation: row.reservation_id,
      kind: row.kind,
      attempts: row.attempts,
      fault: row.fault,
      createdAt: row.created_at,
      nextAttemptAt: row.next_attempt_at,
    })),
    messages: messages.map((row) => ({
      id: row.id,
      reservation: row.reservation_id,
      kind: row.kind,
      channel: row.channel,
      fault: row.fault,
      createdAt: row.created_at,
    })),
    gates,
    purge,
  };
}

/** How much is wrong, for the number beside the page's name. */
export async function countFaults(db: Knex): Promise<number> {
  const [row] = (
    await db.raw(
      `select (select count(*) from request where status = 'pending' and created_at < now() - ?::interval)
            + (select count(*) from message where status = 'failed' and created_at > now() - ?::interval)
            + (select count(*) from gate_acknowledgement a join gate g on g.id = a.gate_id
                 where a.degraded_since is not null and g.retired_at is null)
            + ${purgeOverdue}::int as count`,
      [patience, remembered],
    )
  ).rows;
  return Number(row.count);
}
