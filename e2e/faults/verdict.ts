import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Outcome } from '../../domain/reservation.ts';
import type { System } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { type ReservationResult, reservationWorkflowId } from '../../workflows/messages/reservation.ts';

const { temporal } = proto;

/** What one visit should have come to. */
export interface Expected {
  reservation: string;
  outcome: Outcome;
  /** How often a gate opened for it. */
  openings: number;
}

/** Rows that do not say what their own workflow says, or outcomes that nobody asked for; empty is right. */
export async function wrongOutcomes(system: System, expected: readonly Expected[]): Promise<string[]> {
  const wrong = await Promise.all(
    expected.map(async ({ reservation, outcome, openings }) => {
      const handle = system.client.workflow.getHandle(reservationWorkflowId(reservation));
      const status = await endOf(handle);
      const row = await system.owner('reservation').where({ id: reservation }).first('stage', 'outcome', 'seq');
      if (status.name !== 'COMPLETED') {
        return [`${reservation} is ${status.name} in stage ${row?.stage}: ${await historyOf(handle)}`];
      }
      const result = (await handle.result()) as ReservationResult;
      const events = await system.owner('gate_event').where({ reservation_id: reservation });
      const entered = openings > 0 ? [0] : [];
      const right = { outcome, seq: result.seq, entered, row: { stage: 'closed', outcome, seq: result.seq }, openings };
      const said = { ...result, row, openings: events.length };
      return isDeepStrictEqual(right, said) ? [] : [`${JSON.stringify(said)} instead of ${JSON.stringify(right)}`];
    }),
  );
  return wrong.flat();
}

/** The row is closed a moment before its workflow has finished what follows from that: it is given its time. */
async function endOf(handle: WorkflowHandle): Promise<{ name: string }> {
  const ended = async () => {
    const { status } = await handle.describe();
    return status.name !== 'RUNNING' && status;
  };
  return until(ended, 'the workflow ends', 60).catch(async () => (await handle.describe()).status);
}

/** What happened when, and what the engine still tries: what somebody needs to find a cause. */
async function historyOf(handle: WorkflowHandle): Promise<string> {
  const { events } = await handle.fetchHistory();
  const { raw } = await handle.describe();
  const tried = raw.pendingActivities?.map(({ activityType, attempt }) => `${activityType?.name} (${attempt})`) ?? [];
  const names = (events ?? []).map(({ eventId, eventType, eventTime }) => {
    const at = new Date(Number(eventTime?.seconds) * 1000).toISOString().slice(11, 19);
    return `${eventId} ${temporal.api.enums.v1.EventType[eventType ?? 0]?.slice(11)} ${at}`;
  });
  return `${names.join(', ')}; still tried: ${tried.join(', ') || 'nothing'}`;
}

/** Events that a gate has on its disk and the database has not, or the other way round, or with another content. */
export async function wrongEntries(system: System): Promise<string[]> {
  const atGates = (['south', 'east'] as const).flatMap((gate) => {
    const ledger = new DatabaseSync(join(system.folder, `gate-${gate}.db`), { readOnly: true });
    const rows = ledger
      .prepare('select event, reservation, ordinal, direction, at from scan where event is not null')
      .all();
    ledger.close();
    return rows.map((row) => JSON.stringify({ ...row, gate }));
  });
  const recorded = (await system.owner('gate_event')).map((row) =>
    JSON.stringify({
      event: row.id,
      reservation: row.reservation_id,
      ordinal: row.ordinal,
      direction: row.direction,

      at: row.occurred_at.getTime(),
      gate: row.gate_id,
    }),
  );
  const timelined = await system.owner('timeline').whereIn('kind', ['entered', 'left']).pluck('reference');
  return [
    ...atGates.filter((one) => !recorded.includes(one)).map((one) => `lost: ${one}`),
    ...recorded.filter((one) => !atGates.includes(one)).map((one) => `made up: ${one}`),
    ...duplicatesOf(timelined.map(String)).map((event) => `twice on a timeline: ${event}`),
  ];
}

/**
 * Messages that were sent more often than allowed: WeChat again only under the same client id (which WeChat drops),
 * an SMS at most once more and marked as repeated; and those that nobody was told at all.
 */
export async function wrongMessages(system: System): Promise<string[]> {
  const wrong: string[] = [];
  for (const message of await system.owner('message')) {
    const attempts = await system.owner('message_attempt').where({ message_id: message.id }).orderBy('started_at');
    const maybeSent = attempts.filter(({ outcome }) => outcome !== 'refused');
    const bySms = maybeSent.filter(({ channel }) => channel === 'sms');
    const byWechat = maybeSent.filter(({ channel }) => channel === 'wechat');
    const name = `${message.kind} ${message.id}`;
    if (message.status === 'pending' || (message.status === 'failed' && maybeSent.length === 0))
      wrong.push(`${name}: ${message.status}`);
    if (bySms.length > 2) wrong.push(`${name}: ${bySms.length} times by SMS`);
    if (bySms.slice(1).some(({ repeated }) => !repeated)) wrong.push(`${name}: a repeated SMS is not marked`);
    if (new Set(byWechat.map(({ client_msg_id: id }) => id)).size > 1) wrong.push(`${name}: several ids at WeChat`);
  }
  const inbox = await inspect<{ clientMessageId?: string }>(system, 'wechat');
  const seenTwice = duplicatesOf(inbox.flatMap(({ clientMessageId }) => clientMessageId ?? []));
  return [...wrong, ...seenTwice.map((id) => `seen twice in WeChat: ${id}`)];
}

/** Text messages that a phone got more often than our rows admit. */
export async function unrecordedTexts(system: System): Promise<string[]> {
  const attempts = await system.owner('message_attempt').where({ channel: 'sms' }).count('* as n').first();
  const logins = await system.owner('phone_code').count('* as n').first();
  const received = (await inspect(system, 'sms')).length;
  const admitted = Number(attempts?.n) + Number(logins?.n);
  return received <= admitted ? [] : [`${received} text messages were received, ${admitted} were written down`];
}

/** Requests that were kept and never answered, and workflow tasks that could not be replayed. */
export async function leftUndone(system: System): Promise<string[]> {
  const pending = await system.owner('request').where({ status: 'pending' }).select('id', 'kind', 'fault');
  const running: string[] = [];
  for await (const { workflowId } of system.client.workflow.list({ query: "ExecutionStatus = 'Running'" })) {
    if (workflowId.startsWith('reservation/')) running.push(workflowId);
  }
  return [
    ...pending.map(({ id, kind, fault }) => `pending ${kind} ${id} (${fault})`),
    ...running.map((id) => `still running: ${id}`),
  ];
}

async function inspect<T>(system: System, what: 'sms' | 'wechat'): Promise<T[]> {
  return (await (await fetch(`${system.sandbox}/inspect/${what}`)).json()) as T[];
}

const duplicatesOf = (ids: string[]): string[] => ids.filter((id, n) => ids.indexOf(id) !== n);
