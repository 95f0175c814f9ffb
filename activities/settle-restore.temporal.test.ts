import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connected } from '../bin/backup/engine.ts';
import { reportOf } from '../bin/backup/report.ts';
import { loadRows, type SavedRows, saveRows, takeSnapshot } from '../bin/backup/tables.ts';
import { findingsOf, lastRestore, recordRestore } from '../store/office/restore.ts';
import { recordLateEvent } from '../store/reservations/projection.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { type ProcessUnderTest, startProcess } from '../testing/process.ts';
import { until } from '../testing/until.ts';
import { reservationWorkflowId } from '../workflows/messages/reservation.ts';
import { startSettling } from './settle-restore.ts';

/** The application's database is brought back to an earlier moment, and the engine is not. */

/** Signals after which a visit goes on in its next run. */
const renewAfter = { updates: 50, signals: 6 };
let process: ProcessUnderTest;
const folder = temporaryFolder('xiaomen-settling-');
beforeAll(async () => {
  process = await startProcess(undefined, { renewAfter });
  await process.owner('campus').update({ daily_capacity: 50 });
});
afterAll(() => process?.stop());

const later = () => new Date(Date.now() + 3_600_000);
const paces = { settle: 100, sweep: { batch: 20, every: 50, rest: 0, tries: 5 } };
async function waiting() {
  const visitor = await process.aVisitor();
  const { reservation } = await process.submit(visitor, { until: later() });
  await process.reaches(reservation, 'approval');
  return { visitor, reservation };
}
async function approved() {
  const visit = await waiting();
  await process.decide(visit.reservation, 'approved');
  await process.reaches(visit.reservation, 'visit');
  return visit;
}
const status = async (reservation: string) => (await process.handle(reservation).describe()).status.name;

async function backup(): Promise<{ at: Date; rows: SavedRows }> {
  const client = await connected(process.ground.ownerUrl);
  const at = await takeSnapshot(client);
  const rows = await saveRows(client, folder, 'application');
  await client.end();
  return { at, rows };
}

async function restore({ at, rows }: Awaited<ReturnType<typeof backup>>): Promise<string> {
  const client = await connected(process.ground.ownerUrl);
  await loadRows(client, folder, rows);
  await client.end();
  return recordRestore(process.owner, at);
}

it('what the engine knows and the rows do not is settled and listed, and what agrees is left alone', async () => {
  await process.startWorker(paces);
  const agrees = await waiting();
  const entered = await approved();
  const decided = await waiting();
  const cancelled = await waiting();
  const ahead = await waiting();
  // Without a restore a workflow whose row is gone is nobody's to end.
  expect(await lastRestore(process.db)).toBeUndefined();
  await process.stopWorker();
  const saved = await backup();

  await process.startWorker(paces);
  const after = await waiting();
  const seenBefore = (await process.row(entered.reservation)).seq;
  await process.enter(entered.reservation);
  await until(async () => (await process.row(entered.reservation)).seq > seenBefore, 'the entry is in the rows');
  const seen = await process.row(entered.reservation);
  await process.decide(decided.reservation, 'approved');
  await process.reaches(decided.reservation, 'visit');
  const actor = { kind: 'visitor', id: cancelled.visitor.id } as const;
  await process.ask({ reservation: cancelled.reservation, kind: 'cancel', payload: {}, actor });
  // Its row is closed a moment before its workflow is: one that still runs would be brought forward.
  await until(async () => (await status(cancelled.reservation)) === 'COMPLETED', 'its workflow ended');
  await process.stopWorker();

  const id = await restore(saved);
  expect(await process.row(after.reservation)).toBeUndefined();
  expect(await process.row(decided.reservation)).toMatchObject({ stage: 'approval' });
  // As if the engine's database were of an older backup.
  await process.owner('reservation').where({ id: ahead.reservation }).increment('seq', 3);
  const untouched = [await process.row(agrees.reservation), await process.row(ahead.reservation)];
  await process.startWorker(paces);
  await until(async () => (await lastRestore(process.db))?.settledAt, 'everything was compared');
  await process.reaches(decided.reservation, 'closed');
  await process.reaches(cancelled.reservation, 'closed');

  const found = (await findingsOf(process.db, id)).map(({ kind, subject }) => ({ kind, subject }));
  expect(found.toSorted((a, b) => a.kind.localeCompare(b.kind))).toEqual([
    { kind: 'row_ahead', subject: ahead.reservation },
    { kind: 'row_brought_forward', subject: entered.reservation },
    { kind: 'row_cannot_follow', subject: decided.reservation },
    { kind: 'workflow_without_row', subject: after.reservation },
  ]);
  expect([await status(after.reservation), await status(decided.reservation)]).toEqual(['TERMINATED', 'TERMINATED']);
  for (const { reservation } of [agrees, ahead, entered]) expect(await status(reservation)).toBe('RUNNING');
  expect([await process.row(agrees.reservation), await process.row(ahead.reservation)]).toEqual(untouched);
  expect((await process.row(entered.reservation)).seq).toBe(seen.seq);
  // Whoever was told of an approval is told that the visit is off.
  expect(await process.owner('message').where({ reservation_id: decided.reservation, kind: 'cancelled' })).toHaveLength(
    1,
  );
  await recordLateEvent(process.db, process.anEvent(after.reservation));
  const { lines, settled } = await reportOf(process.owner);
  expect(settled).toBe(true);
  for (const { reservation } of [after, entered, decided, cancelled, ahead])
    expect(lines.join('\n')).toContain(reservation);
  expect(lines.join('\n')).not.toContain(agrees.reservation);
  expect(lines.join('\n')).toMatch(/Entries by passes[^\n]*\(1\)\n {2}\S+ at 20\S+ gate south/);
  const ended = await process.owner('audit').where({ action: 'workflow_ended_after_restore' }).pluck('subject_id');
  expect(ended.toSorted()).toEqual([after.reservation, decided.reservation].toSorted());
});

it('a visit that moves while it is compared agrees with itself, also where it goes on in its next run', async () => {
  await process.stopWorker();
  await process.startWorker({ ...paces, settle: 3_600_000 });
  const [moves, renews] = [await approved(), await approved()];
  const enters = async ({ reservation }: typeof moves) => {
    const { seq } = await process.row(reservation);
    await process.enter(reservation);
    await until(async () => (await process.row(reservation)).seq > seq, 'the entry is in the rows');
  };
  const beginsNextRun = async ({ reservation }: typeof moves) => {
    const { runId } = await process.handle(reservation).describe();
    for (let n = 0; n < renewAfter.signals; n += 1) await process.enter(reservation);
    await until(async () => (await process.handle(reservation).describe()).runId !== runId, 'the next run');
  };
  const id = await recordRestore(process.owner, new Date());
  const answers: string[] = [];
  const settling = startSettling(
    {
      db: process.db,
      projections: process.db,
      client: hooked({
        listed: async () => {
          await beginsNextRun(renews);
          await enters(renews);
        },
        answered: async (workflow) => {
          if (workflow === reservationWorkflowId(moves.reservation)) await enters(moves);
          answers.push(workflow);
        },
      }),
    },
    { log: process.log, pace: 20 },
  );
  await until(async () => (await lastRestore(process.db))?.settledAt, 'everything was compared');
  await settling.stop();
  expect(answers).toEqual(expect.arrayContaining([moves, renews].map((one) => reservationWorkflowId(one.reservation))));
  const found = (await findingsOf(process.db, id)).map(({ subject }) => subject);
  for (const { reservation } of [moves, renews]) {
    expect(found).not.toContain(reservation);
    expect(await status(reservation)).toBe('RUNNING');
  }
});

/** The real client; something happens once workflows were listed, and each time that one has answered. */
function hooked({ listed, answered }: { listed(): Promise<void>; answered(workflow: string): Promise<void> }): Client {
  const { client } = process;
  const workflow = Object.create(client.workflow, {
    list: {
      value: async function* (options: Parameters<Client['workflow']['list']>[0]) {
        const all = [];
        for await (const one of client.workflow.list(options)) all.push(one);
        await listed();
        yield* all;
      },
    },
    getHandle: {
      value: (...of: Parameters<Client['workflow']['getHandle']>) => {
        const handle = client.workflow.getHandle(...of);
        const query = async (...asked: Parameters<typeof handle.query>) => {
          const answer = await handle.query(...asked);
          await answered(of[0]);
          return answer;
        };
        return Object.assign(Object.create(handle), { query });
      },
    },
  });
  return Object.create(client, { workflow: { value: workflow } });
}
