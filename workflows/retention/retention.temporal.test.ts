import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RetentionClass } from '../../domain/retention.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { until } from '../../testing/until.ts';
import { reservationTaskQueue } from '../messages/reservation.ts';
import { type RetentionResult, retentionScheduleId, retentionWorkflowType } from '../messages/retention.ts';

let process: ProcessUnderTest;
beforeAll(async () => {
  process = await startProcess();
  await process.startWorker();
});
afterAll(() => process?.stop());

const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3600_000);
const attempts = (days: number) => ({ kind: 'x', key_hash: Buffer.alloc(32), at: daysAgo(days) });
const payment = (at: Date) => ({
  reservation_id: randomUUID(),
  submission_id: randomUUID(),
  method: 'cash',
  amount: 1_000,
  status: 'paid',
  pay_by: at,
  paid_at: at,
});
const schedule = () => process.client.schedule.getHandle(retentionScheduleId);
const runs = () => process.db('audit').where({ subject_id: 'retention' }).orderBy('id');

it('a worker schedules the purge for every night, once however often workers start', async () => {
  await until(() => schedule().describe(), 'the schedule');
  await process.stopWorker();
  await process.startWorker();
  const { spec, action, info } = await schedule().describe();
  expect(spec.calendars?.[0]).toMatchObject({ hour: [{ start: 3 }], minute: [{ start: 30 }] });
  expect(spec.timezone).toBe('Asia/Shanghai');
  expect(action).toMatchObject({ workflowType: 'retention' });
  const next = info.nextActionTimes[0];
  expect(next?.toISOString()).toMatch(/T19:30:00/);
});

it('what the schedule starts deletes what is past its time, and the audit says how much', async () => {
  await process.db('attempt').insert([attempts(1), attempts(3), attempts(4)]);
  const kept = payment(daysAgo(29 * 365));
  await process.db('payment_order').insert([kept, payment(daysAgo(32 * 366))]);
  await until(
    () =>
      schedule()
        .trigger()
        .then(() => true),
    'the run is started',
  );
  const [run] = await until(async () => {
    const found = await runs();
    return found.length > 0 && found;
  }, 'the run is recorded');
  expect(run).toMatchObject({ action: 'data_purged', actor_kind: 'system' });
  expect(run.detail.failed).toEqual([]);
  expect(await process.db('attempt').where({ kind: 'x' })).toHaveLength(1);
  expect(await process.db('payment_order').pluck('reservation_id')).toEqual([kept.reservation_id]);
  expect(run.detail.counts.payments).toBe(1);
});

it('a class that cannot be purged holds up no other, and the run is not called done', async () => {
  const { owner, client } = process;
  await owner.raw('alter table chosen_party rename to hidden_party');
  try {
    await process.db('attempt').insert(attempts(5));
    const handle = await client.workflow.start(retentionWorkflowType, {
      workflowId: 'retention/test',
      taskQueue: reservationTaskQueue,
      // The second by the name that a run which began before knows it by.
      args: [{ left: ['chosen_parties', 'code' as RetentionClass], counts: {}, failed: [] }],
    });
    expect((await handle.result()) as RetentionResult).toMatchObject({ failed: ['chosen_parties'] });
    expect((await runs()).at(-1)).toMatchObject({ action: 'purge_failed' });
    expect(await process.db('attempt').where({ kind: 'x' })).toHaveLength(1);
  } finally {
    await owner.raw('alter table hidden_party rename to chosen_party');
  }
});

it('npm run retention does it now and says how much', async () => {
  await process.db('attempt').insert(attempts(6));
  const { settings } = process;
  const { stdout } = await promisify(execFile)(globalThis.process.execPath, ['--no-warnings', 'bin/retention.ts'], {
    env: {
      KEYS_DIR: settings.KEYS_DIR,
      TEMPORAL_ADDRESS: settings.TEMPORAL_ADDRESS,
      TEMPORAL_NAMESPACE: settings.TEMPORAL_NAMESPACE,
    },
  });
  expect(stdout).toBe('codes_tries_and_kept_forms: 1\nNothing is past its time.\n');
});
