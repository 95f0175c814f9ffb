import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OverstayTimes } from '../../domain/overstay.ts';
import { recordLateEvent } from '../../store/reservations/projection.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { until } from '../../testing/until.ts';
import { wishesOf } from '../../testing/wishes.ts';
import { left } from '../messages/reservation.ts';

/** Whoever came in and was not seen leaving, on a campus whose gates say who leaves. */

const hour = 3_600_000;
const waiting: OverstayTimes = { ask: 0, again: hour, security: 2 * hour, close: 3 * hour };
let process: ProcessUnderTest;
let wishes: ReturnType<typeof wishesOf>;
beforeAll(async () => {
  process = await startProcess();
  wishes = wishesOf(process);
  await process.owner('campus').update({ exits_recorded: true, daily_capacity: 200 });
  const guard = await process
    .owner('staff')
    .insert({ username: 'guard', password_hash: '-', name: '值班员' })
    .returning('id');
  await process.owner('staff_role').insert({ staff_id: guard[0].id, role: 'security', department_id: null });
  for (const staff of [process.content.staff, guard[0].id]) {
    await process.owner('staff_contact').insert({
      staff_id: staff,
      openid_enc: Buffer.from('-'),
      openid_hash: Buffer.from(staff),
      wechat_since: new Date(),
    });
  }
  await process.startWorker();
}, 60_000);
afterAll(() => process?.stop());

type Visit = Awaited<ReturnType<typeof approved>>;
async function approved(overstay: OverstayTimes) {
  const visitor = await process.aVisitor();
  const end = new Date(Date.now() + 10_000);
  const { reservation } = await process.submit(visitor, { until: end, durations: { overstay } });
  await process.decide(reservation, 'approved');
  await process.reaches(reservation, 'visit');
  return { visitor, reservation, end };
}

const entersAt = ({ reservation, end }: Visit, before = 2_000) =>
  process.enter(reservation, process.anEvent(reservation, { at: end.getTime() - before }));
const leavesAt = ({ reservation, end }: Visit, at: number) =>
  process.handle(reservation).signal(left, process.anEvent(reservation, { direction: 'out', at: end.getTime() + at }));
/** Gates tell what they saw before they say that they have told it. */
async function ends(visits: Visit[]) {
  const last = Math.max(...visits.map(({ end }) => end.getTime()));
  for (const { reservation } of visits)
    await until(() => process.db('gate_event').where({ reservation_id: reservation }).first(), 'the entry');
  await process.forwarded(new Date(last));
  await until(() => Date.now() > last, 'the end of the window');
}
const says = (reservation: string, actor: { kind: 'visitor' | 'staff'; id: string }) =>
  process.ask({ reservation, kind: 'say_left', payload: {}, actor });
const asked = ({ reservation }: Visit, rung = 1) =>
  until(() => process.db('reservation').where({ id: reservation, overstay: rung }).first(), `rung ${rung}`);
const timeline = ({ reservation }: Visit): Promise<string[]> =>
  process.db('timeline').where({ reservation_id: reservation }).orderBy(['seq', 'n']).pluck('kind');
const toVisitor = ({ reservation }: Visit): Promise<string[]> =>
  process.db('message').where({ reservation_id: reservation, kind: 'overstayed' }).pluck('key');
const toStaff = ({ reservation }: Visit): Promise<{ kind: string; username: string }[]> =>
  process
    .db('staff_message as m')
    .join('staff as s', 's.id', 'm.staff_id')
    .where({ 'm.reservation_id': reservation })
    .whereIn('m.kind', ['visit_overstayed', 'overstay_at_desk'])
    .orderBy(['m.kind', 's.username'])
    .select('m.kind', 's.username');

test('visitor and host are asked twice before security is told, and at last it closes without an exit', async () => {
  const stays = await approved({ ask: 0, again: 300, security: 600, close: 900 });
  await entersAt(stays);
  await ends([stays]);
  expect(await process.result(stays.reservation)).toMatchObject({ outcome: 'completed', entered: [0] });
  expect((await timeline(stays)).slice(-7)).toEqual([
    'entered',
    'overstay_asked',
    'overstay_asked_again',
    'overstay_security_told',
    'window_ended',
    'exit_not_seen',
    'completed',
  ]);
  expect(await process.row(stays.reservation)).toMatchObject({ came: [0], exit_unseen: [0], overstay: 3 });
  expect(await toVisitor(stays)).toHaveLength(2);
  expect(await toStaff(stays)).toEqual([
    { kind: 'overstay_at_desk', username: 'guard' },
    { kind: 'visit_overstayed', username: 'approver' },
    { kind: 'visit_overstayed', username: 'approver' },
  ]);

  // A gate that was away for long tells of the exit after all.
  const exit = process.anEvent(stays.reservation, { direction: 'out', at: stays.end.getTime() });
  await recordLateEvent(process.db, exit);
  expect(await process.row(stays.reservation)).toMatchObject({ came: [0], exit_unseen: [] });
}, 60_000);

test('whoever left in time, or was seen leaving later, is asked no more; a visit that nobody overstays has no event for it', async () => {
  const [inTime, later, recorded] = [await approved(waiting), await approved(waiting), await approved(waiting)];
  for (const visit of [inTime, later]) await entersAt(visit);
  await leavesAt(inTime, -1_000);
  await entersAt(recorded, 3_000);
  await leavesAt(recorded, -2_000);
  await ends([inTime, later, recorded]);
  expect(await process.result(inTime.reservation)).toMatchObject({ outcome: 'completed' });
  expect(await timeline(inTime)).not.toContain('overstay_asked');
  const { events } = await process.handle(inTime.reservation).fetchHistory();
  const timers = events?.filter(({ timerStartedEventAttributes }) => timerStartedEventAttributes);
  expect(timers, 'the decision, and the end of the window').toHaveLength(2);
  expect(await toStaff(inTime)).toEqual([]);
  expect(await process.row(inTime.reservation)).toMatchObject({ came: [0], exit_unseen: [], overstay: 0 });

  await asked(later);
  await leavesAt(later, 500);
  expect(await process.result(later.reservation)).toMatchObject({ outcome: 'completed' });
  expect(await timeline(later)).not.toContain('exit_not_seen');
}, 60_000);

test('one tap of the visitor, or of the host, ends it, and the record says that no gate saw the exit', async () => {
  const [visitors, hosts] = [await approved(waiting), await approved(waiting)];
  expect((await says(visitors.reservation, { kind: 'visitor', id: visitors.visitor.id })).answer).toMatchObject({
    code: 'wrong_stage',
  });
  for (const visit of [visitors, hosts]) await entersAt(visit);
  await ends([visitors, hosts]);
  const host = { kind: 'staff', id: process.content.staff } as const;
  for (const [visit, actor] of [
    [visitors, { kind: 'visitor', id: visitors.visitor.id }],
    [hosts, host],
  ] as const) {
    await asked(visit);
    expect((await says(visit.reservation, actor)).answer).toMatchObject({ ok: true });
    expect(await process.result(visit.reservation)).toMatchObject({ outcome: 'completed' });
    expect((await timeline(visit)).slice(-4)).toEqual(['said_left', 'window_ended', 'exit_not_seen', 'completed']);
    expect(await process.row(visit.reservation)).toMatchObject({ exit_unseen: [0] });
  }
}, 60_000);

test('whoever needs more time asks for it from there, and the visit goes on once that is approved', async () => {
  const stays = await approved(waiting);
  await entersAt(stays);
  await ends([stays]);
  await asked(stays);
  const end = new Date(Date.now() + hour);
  expect((await wishes.change(stays.visitor, stays, { until: end })).answer).toMatchObject({ ok: true });
  expect((await process.decide(stays.reservation, 'approved')).answer).toMatchObject({ ok: true });
  const row = await until(
    () => process.db('reservation').where({ id: stays.reservation, visit_until: end, overstay: 0 }).first(),
    'the later end',
  );
  expect(row).toMatchObject({ stage: 'visit', outcome: null });
  const pass = await until(
    () => process.db('pass').where({ reservation_id: stays.reservation, version: 2 }).first(),
    'the pass until then',
  );
  expect(pass.valid_until.getTime()).toBeGreaterThan(stays.end.getTime());
  expect((await says(stays.reservation, { kind: 'visitor', id: stays.visitor.id })).answer).toMatchObject({
    code: 'wrong_stage',
  });
}, 60_000);

test('asked late, since a gate was away, there is as much time to answer as ever', async () => {
  const again = 2_000;
  const stays = await approved({ ask: 0, again, security: 2 * hour, close: 3 * hour });
  await entersAt(stays);
  await until(() => Date.now() > stays.end.getTime() + again, 'both times to ask are over');
  await ends([stays]);
  await asked(stays, 2);
  const rungs = await process
    .db('timeline')
    .where({ reservation_id: stays.reservation })
    .whereIn('kind', ['overstay_asked', 'overstay_asked_again'])
    .orderBy('seq')
    .pluck<Date[]>('at');
  expect(Number(rungs[1]) - Number(rungs[0])).toBeGreaterThanOrEqual(again);
}, 60_000);

test('extended while gates are still waited for, it goes on like any other: security can end it', async () => {
  const stays = await approved(waiting);
  await entersAt(stays);
  const { reservation } = stays;
  await until(() => process.db('gate_event').where({ reservation_id: reservation }).first(), 'the entry');
  await until(async () => {
    const { raw } = await process.handle(reservation).describe();
    return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'gatesForwarded');
  }, 'a gate is waited for');
  const end = new Date(Date.now() + hour);
  expect((await wishes.change(stays.visitor, stays, { until: end })).answer).toMatchObject({ ok: true });
  expect((await process.decide(reservation, 'approved')).answer).toMatchObject({ ok: true });
  expect((await wishes.revoke(stays)).answer).toMatchObject({ ok: true });
  expect(await process.result(reservation)).toMatchObject({ outcome: 'revoked' });
  expect(await timeline(stays)).not.toContain('overstay_asked');
}, 60_000);

test('where nobody records exits, nobody is asked', async () => {
  await process.owner('campus').update({ exits_recorded: false });
  const visit = await approved(waiting);
  await process.owner('campus').update({ exits_recorded: true });
  await entersAt(visit);
  await ends([visit]);
  expect(await process.result(visit.reservation)).toMatchObject({ outcome: 'completed' });
  expect(await timeline(visit)).not.toContain('overstay_asked');
  expect(await process.row(visit.reservation)).toMatchObject({ came: [0], exit_unseen: [] });
}, 60_000);
