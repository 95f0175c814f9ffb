import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { usualPolicy } from '../../domain/policy.ts';
import { keepDecision } from '../../store/approval/decision.ts';
import { remindersOf } from '../../store/approval/reminders.ts';
import { markAddress, saveStaffContact } from '../../store/messages/staff-contact.ts';
import { leave } from '../../store/staff/leaving.ts';
import { type OwnWorkers, ownWorkers } from '../../testing/own-worker.ts';
import { aPolicy } from '../../testing/policies.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { roundTheClock, rungsEvery } from '../../testing/rungs.ts';
import { until } from '../../testing/until.ts';
import { on } from '../../testing/window.ts';
import { wishesOf } from '../../testing/wishes.ts';
import { left, unreached } from '../messages/reservation.ts';

/** Nobody decides: every rung of the ladder on a real engine, with hours that are fractions of a second. */

const renewAfter = { updates: 50, signals: 6 };
let process: ProcessUnderTest;
let workers: OwnWorkers;
let wishes: ReturnType<typeof wishesOf>;
let department: string;
beforeAll(async () => {
  process = await startProcess(undefined, { renewAfter });
  await process.startWorker({ unreached: 200 });
  workers = await ownWorkers(process);
  wishes = wishesOf(process);
  department = process.content.department;
  await roundTheClock(process.owner);
}, 60_000);
afterAll(async () => {
  await workers?.close();
  await process?.stop();
});

/** Seconds from one rung to the next. */
const quick = 0.25;
const never = 9_000;

const people: Record<string, string> = {};
async function someone(name: string, role: string): Promise<string> {
  const id = randomUUID();
  people[id] = name;
  await process.owner('staff').insert({ id, username: `s${id.slice(0, 8)}`, password_hash: '-', name });
  const department_id = role === 'security' ? null : department;
  await process.owner('staff_role').insert({ staff_id: id, role, department_id });
  return reach(id);
}
async function reach(id: string): Promise<string> {
  const said = { language: 'en', digest: false, quiet: false, email: `${id}@example.edu` } as const;
  await saveStaffContact(process.owner, process.cipher, id, said);
  return id;
}
let [deputy, head, guard]: string[] = [];
beforeEach(async () => {
  await rungsEvery(process.owner, quick, quick, quick, quick);
  await process.owner('staff_role').whereIn('role', ['head', 'deputy', 'security']).delete();
  await process.owner('staff').where({ id: process.content.staff }).update({ left_at: null });
  const own = { staff_id: process.content.staff, role: 'approver', department_id: department };
  await process.owner('staff_role').insert(own).onConflict(['staff_id', 'role', 'department_id']).ignore();
  people[process.content.staff] = 'approver';
  await reach(process.content.staff);
  [deputy, head, guard] = [
    await someone('deputy', 'deputy'),
    await someone('head', 'head'),
    await someone('guard', 'security'),
  ];
});

type Window = { from?: Date; until: Date };
async function asked(window: Window = on(2)) {
  const visitor = await process.aVisitor();
  return { visitor, ...(await process.submit(visitor, window)) };
}
const rungs = (reservation: string): Promise<number[]> =>
  process.db('task').where({ reservation_id: reservation }).orderBy('round').pluck('rung');
/** Or further: nobody sees each rung of a ladder that climbs faster than it is looked at. */
const climbs = (reservation: string, rung: number) =>
  until(async () => Math.max(...(await rungs(reservation))) >= rung, `rung ${rung}`);
const lines = (reservation: string): Promise<string[]> =>
  process.db('timeline').where({ reservation_id: reservation, actor_id: 'ladder' }).orderBy(['seq', 'n']).pluck('kind');
/** Who was told what, by name. */
async function told(reservation: string) {
  const rows = await process.db('staff_message').where({ reservation_id: reservation });
  return rows.map(({ staff_id, kind }) => `${people[staff_id]} ${kind}`).sort();
}
async function decideAs(staff: string, reservation: string) {
  const task = await process.newestTask(reservation);
  return process.ask(
    {
      reservation,
      kind: 'decide',
      payload: { task: task.id, verdict: 'approved' },
      actor: { kind: 'staff', id: staff },
    },
    {
      keep: (trx, request) =>
        keepDecision(trx, process.cipher, { request, reservation, staff, verdict: 'approved', reason: '' }),
    },
  );
}
const eventsOf = async (reservation: string) => (await process.handle(reservation).fetchHistory()).events ?? [];
/** Events that say what was done; how many workflow tasks it takes to get there, a machine decides. */
const workOf = async (reservation: string): Promise<number> =>
  (await eventsOf(reservation)).filter(
    (event) =>
      !event.workflowTaskScheduledEventAttributes &&
      !event.workflowTaskStartedEventAttributes &&
      !event.workflowTaskCompletedEventAttributes,
  ).length;
async function timersOf(reservation: string) {
  const events = await eventsOf(reservation);
  return {
    started: events.filter((event) => event.timerStartedEventAttributes).length,
    fired: events.filter((event) => event.timerFiredEventAttributes).length,
    cancelled: events.filter((event) => event.timerCanceledEventAttributes).length,
  };
}
/** What is left is the visit's own timer, which begins once the rows show the visit. */
async function settled(reservation: string) {
  await process.reaches(reservation, 'visit');
  const left = ({ started, fired, cancelled }: Awaited<ReturnType<typeof timersOf>>) => started - fired - cancelled;
  await until(async () => left(await timersOf(reservation)) === 1, 'one timer is left');
  const working = async () => ((await process.handle(reservation).describe()).raw.pendingActivities ?? []).length;
  await until(async () => (await working()) === 0, 'nothing is under way');
  return timersOf(reservation);
}

describe('while nobody decides', () => {
  test('it reminds, copies to the deputy, lets deputy and head act, then the security desk; each once', async () => {
    const { reservation } = await asked();
    await climbs(reservation, 4);
    expect(await lines(reservation)).toEqual(['reminded', 'reminded_again', 'head_may_act', 'security_may_act']);
    // The visitor's own reminders count as well.
    expect(await remindersOf(process.db, { id: reservation, nudges: 1 })).toEqual({ times: 3, rung: 4 });
    expect(await told(reservation)).toEqual([
      'approver task_opened',
      'approver task_reminded',
      'approver task_reminded',
      'deputy task_copied',
      'deputy task_opened',
      'guard task_opened',
      'head task_opened',
    ]);
    expect((await decideAs(String(guard), reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
    expect(await process.db('decision').where({ reservation_id: reservation })).toMatchObject([{ via: 'ladder' }]);
    await settled(reservation);
    await rungsEvery(process.owner, never, never, never, never);
    const early = await asked(on(3));
    await process.decide(early.reservation, 'approved');
    await settled(early.reservation);
    // A rung is its timer, one question and one transition: two events, three and one.
    expect(await workOf(reservation)).toBeLessThanOrEqual((await workOf(early.reservation)) + 4 * 6);
  });

  test('the decision ends it: the timer of the next rung is cancelled, and it was the only one', async () => {
    await rungsEvery(process.owner, never, never, never, never);
    const early = await asked();
    await process.decide(early.reservation, 'approved');
    await process.reaches(early.reservation, 'visit');
    await rungsEvery(process.owner, quick, quick, quick, never);
    const late = await asked(on(3));
    await climbs(late.reservation, 3);
    await decideAs(String(deputy), late.reservation);
    await process.reaches(late.reservation, 'visit');
    expect(await lines(early.reservation)).toEqual([]);
    expect(await lines(late.reservation)).toEqual(['reminded', 'reminded_again', 'head_may_act']);
    expect(await settled(early.reservation), 'decided in time: no timer more').toEqual({
      started: 2,
      fired: 0,
      cancelled: 1,
    });
    // A rung that is due by the time that the one before was reached needs no timer: how many fired, a machine decides.
    expect(await settled(late.reservation)).toMatchObject({ cancelled: 1 });
  });

  test('a rung without anybody is left out', async () => {
    await process.owner('staff_role').whereIn('role', ['head', 'deputy']).delete();
    const none = await asked();
    await climbs(none.reservation, 4);
    expect(await lines(none.reservation)).toEqual(['reminded', 'reminded_again', 'security_may_act']);
    await process.owner('staff_role').where({ role: 'security' }).delete();
    const { reservation } = await asked(on(3));
    await climbs(reservation, 2);
    await new Promise((resolve) => setTimeout(resolve, 2 * quick * 1_000));
    expect(await rungs(reservation)).toEqual([2]);
  });

  test('a change before the decision begins the ladder anew, one beside the approval climbs its own', async () => {
    const { visitor, ...of } = await asked();
    await climbs(of.reservation, 1);
    await rungsEvery(process.owner, never, never, never, never);
    await wishes.change(visitor, of, on(4));
    await until(async () => (await rungs(of.reservation)).length === 2, 'another round');
    expect((await rungs(of.reservation))[1]).toBe(0);
    expect(await remindersOf(process.db, { id: of.reservation, nudges: 0 })).toEqual({ times: 0, rung: 0 });
    await process.decide(of.reservation, 'approved');
    await process.reaches(of.reservation, 'visit');
    await rungsEvery(process.owner, quick, quick, quick, quick);
    await wishes.change(visitor, of, on(5));
    await until(async () => (await rungs(of.reservation))[2] === 4, 'the change climbs');
    await decideAs(String(guard), of.reservation);
    await until(
      async () => (await process.row(of.reservation)).visit_from.getTime() === on(5).from.getTime(),
      'the change holds',
    );
  });
});

test('a later step climbs from its own opening on; one with a time of its own for deputy and head leaves that to it', async () => {
  const approver = { signers: [{ role: 'approver' as const }], need: 1 };
  try {
    await aPolicy(process.owner, { steps: [approver, { signers: [{ role: 'head' }], need: 1 }], once: true });
    await rungsEvery(process.owner, never, never, never, never);
    const steps = await asked();
    await rungsEvery(process.owner, quick, quick, never, never);
    await process.decide(steps.reservation, 'approved');
    await aPolicy(process.owner, { steps: [{ ...approver, within: 600, late: 'climb' }], once: true });
    const own = await asked(on(4));
    await until(async () => (await rungs(steps.reservation)).join() === '0,2', 'the second step climbs');
    expect(await lines(steps.reservation)).toEqual(['reminded', 'reminded_again']);
    await rungsEvery(process.owner, quick, quick, quick, quick);
    await climbs(own.reservation, 2);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await rungs(own.reservation)).toEqual([2]);
  } finally {
    await aPolicy(process.owner, usualPolicy);
  }
});

describe('where there is nobody to wait for', () => {
  const bounce = (staff: string) =>
    markAddress(process.db, staff, { fault: 'bounced', writtenAt: new Date(Date.now() + 1_000) });

  test('the last address that takes nothing moves it on at once, past reminders that reach nobody', async () => {
    await rungsEvery(process.owner, never, never, never, never);
    const { reservation } = await asked();
    await bounce(process.content.staff);
    await climbs(reservation, 3);
    expect(await told(reservation)).toEqual(['approver task_opened', 'deputy task_opened', 'head task_opened']);
    for (const staff of [String(deputy), String(head)]) await bounce(staff);
    await climbs(reservation, 4);
    expect(await lines(reservation)).toEqual(['head_may_act', 'security_may_act']);
  });

  test('so does the last person of the office who leaves', async () => {
    await rungsEvery(process.owner, never, never, never, never);
    const { reservation } = await asked();
    await until(async () => (await rungs(reservation)).length === 1, 'a task');
    await process.owner.transaction((trx) => leave(trx, { staff: process.content.staff, by: String(head) }));
    await climbs(reservation, 3);
    expect(await lines(reservation)).toEqual(['head_may_act']);
    expect((await decideAs(String(head), reservation)).answer).toMatchObject({ ok: true });
  });

  test('a fact of another rung, or of no task, moves nothing', async () => {
    await rungsEvery(process.owner, never, never, never, never);
    const { reservation } = await asked();
    const { id: task } = await process.newestTask(reservation);
    const handle = process.handle(reservation);
    await handle.signal(unreached, { task, rung: 2 });
    await handle.signal(unreached, { task: randomUUID(), rung: 0 });
    await handle.signal(unreached, { task } as never);
    await until(() => process.db('visit_fault').where({ reservation_id: reservation }).first(), 'it is put aside');
    expect(await rungs(reservation)).toEqual([0]);
    expect((await decideAs(process.content.staff, reservation)).answer).toMatchObject({ ok: true });
  });
});

test('neither a visit that begins soon, which then fails closed, nor a long one in its next run misses a rung', async () => {
  await rungsEvery(process.owner, quick, 2, never, never);
  // The engine's timers are exact to a second.
  const soon = await asked({ until: new Date(Date.now() + 20_000) });
  const { reservation } = await asked();
  await climbs(reservation, 1);
  const handle = process.handle(reservation);
  const { runId } = await handle.describe();
  for (let n = 0; n < renewAfter.signals; n += 1) await handle.signal(left, process.anEvent(reservation));
  await until(async () => (await handle.describe()).runId !== runId, 'the next run');
  await climbs(reservation, 2);
  expect(await lines(reservation)).toEqual(['reminded', 'reminded_again']);
  expect(await process.result(soon.reservation)).toMatchObject({ outcome: 'expired' });
  expect(await lines(soon.reservation)).toEqual(['reminded', 'reminded_again', 'head_may_act', 'security_may_act']);
});

test('neither the decision nor the end waits for a ladder that cannot be asked', async () => {
  await process.stopWorker();
  const { workflowBundle, activities, withWorker } = workers;
  let asks = 0;
  const climb = async () => {
    asks += 1;
    throw new Error('the database is away');
  };
  await withWorker({ workflowBundle, activities: { ...activities, climb } }, async () => {
    const [decided, ended] = [await asked(), await asked({ until: new Date(Date.now() + 6_000) })];
    await until(() => asks >= 4, 'the ladders are asked, again and again');
    expect((await process.decide(decided.reservation, 'approved')).answer).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(decided.reservation, 'visit');
    expect(await process.result(ended.reservation)).toMatchObject({ outcome: 'expired' });
  });
});
