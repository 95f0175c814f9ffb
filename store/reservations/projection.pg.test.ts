import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CompiledPolicy, ProjectedTask, Projection } from '../../domain/projection.ts';
import { untilBlockedBy } from '../../testing/blocked.ts';
import { aCampus } from '../../testing/campus.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { bringForward, project, recordLateEvent } from './projection.ts';
import { timelineOf } from './timeline.ts';

describe('the projection of a reservation', () => {
  let database: TestDatabase;
  let policy: CompiledPolicy;
  let reservation: string;
  let visitor: string;
  const ids = { department: randomUUID(), reason: randomUUID(), staff: randomUUID() };
  const at = Date.now();

  beforeAll(async () => {
    database = await freshDatabase();
    const { owner } = database;
    const campus = await aCampus(owner, { south: { identityKey: Buffer.alloc(32), sealingKey: Buffer.alloc(32) } });
    await owner('department').insert({ id: ids.department, campus_id: campus.id, name_zh: '甲', name_en: 'A' });
    await owner('reason').insert({ id: ids.reason, name_zh: '乙', name_en: 'B', position: 1 });
    await owner('staff').insert({ id: ids.staff, username: 'approver', password_hash: '-', name: '丙' });
    policy = {
      submission: '',
      channel: 'official',
      campus: campus.id,
      department: ids.department,
      exitsRecorded: false,
      from: at,
      until: at + 60_000,
      decideBy: at + 30_000,
      persons: 1,
      ordinals: [0],
      awaited: [],
      nudges: { most: 3, every: 7_200_000 },
      signatures: [],
    };
  });
  afterAll(() => database.drop());

  beforeEach(async () => {
    const { owner } = database;
    [visitor, reservation] = [randomUUID(), randomUUID()];
    await owner('visitor').insert({ id: visitor });
    await owner('reservation').insert({ id: reservation, visitor_id: visitor, stage: 'registration' });
    policy = { ...policy, submission: randomUUID() };
    await owner('submission').insert({
      id: policy.submission,
      reservation_id: reservation,
      channel: 'official',
      campus_id: policy.campus,
      department_id: ids.department,
      reason_id: ids.reason,
      visit_from: new Date(policy.from),
      visit_until: new Date(policy.until),
    });
  });

  const state = (seq: number, stage: Projection['stage'], change: Partial<Projection> = {}): Projection => ({
    reservation,
    seq,
    round: 0,
    stage,
    policy,
    tasks: [],
    timeline: [],
    events: [],
    nudges: 0,
    at,
    ...change,
  });
  const entry = (kind: Projection['timeline'][number]['kind'], n = 0) =>
    ({ n, kind, actor: { kind: 'system', id: 'test' }, at }) as const;
  const task = (change: Partial<ProjectedTask> = {}): ProjectedTask => ({
    task: randomUUID(),
    round: 0,
    step: 0,
    ordinal: 0,
    department: ids.department,
    submission: policy.submission,
    status: 'open',
    openedAt: at,
    decideBy: at + 30_000,
    ...change,
  });
  const row = () => database.db('reservation').where({ id: reservation }).first();
  const kinds = async () => (await timelineOf(database.db, reservation)).map(({ kind }) => kind);
  const write = (projection: Projection) => project(database.db, projection);

  it('is the same however often it is written', async () => {
    const open = state(1, 'approval', { tasks: [task()], timeline: [entry('submitted')] });
    await write(open);
    await write(open);
    expect(await row()).toMatchObject({ seq: 1, stage: 'approval', submission_id: policy.submission });
    expect(await kinds()).toEqual(['submitted']);
    expect(await database.db('task').where({ reservation_id: reservation })).toHaveLength(1);
  });

  it('keeps the newest when an older one comes late, and lets it add only its own timeline', async () => {
    await write(state(1, 'approval', { timeline: [entry('submitted')] }));
    await write(state(3, 'visit', { timeline: [entry('pass_issued')] }));
    await write(state(2, 'pass', { timeline: [entry('approved')] }));
    expect(await row()).toMatchObject({ seq: 3, stage: 'visit' });
    expect(await kinds()).toEqual(['submitted', 'approved', 'pass_issued']);
  });

  it('is brought forward by an answer where it is behind, and keeps its timeline where its workflow was quicker', async () => {
    await write(state(1, 'approval', { timeline: [entry('submitted')] }));
    // An answer has no timeline. The workflow's own writing holds the row while the answer is about to be written.
    let waits: Promise<boolean> | undefined;
    await database.db.transaction(async (trx) => {
      await project(trx, state(2, 'visit', { timeline: [entry('pass_issued')] }));
      waits = bringForward(database.db, state(2, 'visit'));
      await untilBlockedBy(trx, database.owner, 'the answer waits for the row');
    });
    expect(await waits).toBe(false);
    expect(await kinds()).toEqual(['submitted', 'pass_issued']);
    expect(await bringForward(database.db, state(1, 'approval'))).toBe(false);
    expect(await bringForward(database.db, state(4, 'visit'))).toBe(true);
    expect(await row()).toMatchObject({ seq: 4, stage: 'visit' });
    expect(await kinds()).toEqual(['submitted', 'pass_issued']);
  });

  it('overwrites what a lost task wrote with the same seq', async () => {
    const [ghost, real] = [task(), task()];
    await write(state(1, 'approval', { tasks: [ghost], timeline: [entry('submitted')] }));
    const decision = randomUUID();
    await database.owner('request').insert({
      id: decision,
      reservation_id: reservation,
      kind: 'decide',
      actor_kind: 'staff',
      actor_id: ids.staff,
      payload: '{}',
    });
    await database
      .owner('decision')
      .insert({ request_id: decision, reservation_id: reservation, staff_id: ids.staff, verdict: 'approved' });
    const closed = { status: 'approved', decision, closedAt: at } as const;
    await write(
      state(2, 'pass', { tasks: [{ ...ghost, ...closed }], timeline: [entry('approved'), entry('pass_issued', 1)] }),
    );

    await write(
      state(2, 'closed', {
        outcome: 'expired',
        tasks: [{ ...real, status: 'withdrawn', closedAt: at }],
        timeline: [entry('expired')],
      }),
    );
    expect(await row()).toMatchObject({ seq: 2, stage: 'closed', outcome: 'expired' });
    expect(await kinds()).toEqual(['submitted', 'expired']);
    expect(await database.db('task').where({ reservation_id: reservation })).toMatchObject([
      { id: real.task, status: 'withdrawn' },
    ]);
  });

  it('overwrites a lost task’s draft, submission and all', async () => {
    await write(state(1, 'approval', { tasks: [task()], timeline: [entry('submitted')] }));
    const { policy: _, ...refused } = state(1, 'details', { timeline: [entry('not_admitted')] });
    await write(refused);
    expect(await row()).toMatchObject({ stage: 'details', submission_id: null, campus_id: null, visit_from: null });
    expect(await database.db('task').where({ reservation_id: reservation })).toEqual([]);
  });

  it('closes even where a lost task got further', async () => {
    await write(state(5, 'visit', { timeline: [entry('entered')] }));
    await write(state(3, 'closed', { outcome: 'rejected', timeline: [entry('rejected')] }));
    expect(await row()).toMatchObject({ seq: 3, stage: 'closed', outcome: 'rejected' });
    expect(await kinds()).toEqual(['rejected']);
  });

  it('never forgets what a gate saw, and says it once', async () => {
    const event = {
      event: randomUUID(),
      reservation,
      ordinal: 0,
      gate: 'south',
      direction: 'in',
      method: 'qr',
      at,
    } as const;
    await write(state(4, 'visit', { events: [event] }));
    await write(state(4, 'visit', { events: [event] }));
    await write(state(2, 'pass', { events: [event] }));
    expect(await database.db('gate_event').where({ reservation_id: reservation })).toHaveLength(1);
  });

  it('corrects a no_show when a gate tells late, once, and is not taken back by a late copy', async () => {
    const noShow = state(4, 'closed', { outcome: 'no_show', timeline: [entry('no_show')] });
    await write(noShow);
    const event = {
      event: randomUUID(),
      reservation,
      ordinal: 0,
      gate: 'south',
      direction: 'in',
      method: 'code',
      at,
    } as const;
    await recordLateEvent(database.db, event);
    await recordLateEvent(database.db, event);
    expect(await row()).toMatchObject({ outcome: 'completed', corrected: true });
    await write(noShow);
    expect(await row()).toMatchObject({ outcome: 'completed', corrected: true });
    const [first, second] = await timelineOf(database.db, reservation);
    expect(first).toMatchObject({ kind: 'no_show', late: false });
    expect(second).toMatchObject({ kind: 'entered', late: true, actor: { kind: 'gate', id: 'south' } });
  });

  it('corrects a no_show that is written only after the gate has told', async () => {
    await write(state(3, 'visit'));
    const event = {
      event: randomUUID(),
      reservation,
      ordinal: 0,
      gate: 'south',
      direction: 'in',
      method: 'qr',
      at,
    } as const;
    await recordLateEvent(database.db, event);
    expect(await row()).toMatchObject({ stage: 'visit', outcome: null, corrected: false });
    await write(state(4, 'closed', { outcome: 'no_show', timeline: [entry('no_show')] }));
    expect(await row()).toMatchObject({ outcome: 'completed', corrected: true });
  });

  it('takes back that somebody came when the gate annuls the only entry, whichever is recorded first', async () => {
    const told = { reservation, ordinal: 0, gate: 'south', direction: 'in', method: 'qr', at, version: 1 } as const;
    const event = { ...told, event: randomUUID() };
    await write(state(3, 'visit', { events: [event] }));
    const completed = state(4, 'closed', { outcome: 'completed' });
    await write(completed);
    await recordLateEvent(database.db, { ...event, gate: 'east', annulled: at + 1 });
    expect(await row(), 'another gate’s word').toMatchObject({ outcome: 'completed', corrected: false });
    for (let n = 0; n < 2; n += 1) await recordLateEvent(database.db, { ...event, annulled: at + 1 });
    expect(await row()).toMatchObject({ outcome: 'no_show', corrected: true });
    await write(completed);
    expect(await row()).toMatchObject({ outcome: 'no_show', corrected: true });

    const other = { ...told, event: randomUUID() };
    await recordLateEvent(database.db, { ...other, annulled: at + 2 });
    await recordLateEvent(database.db, other);
    expect(await row()).toMatchObject({ outcome: 'no_show' });
    const events = await database.db('gate_event').where({ reservation_id: reservation }).orderBy('annulled_at');
    expect(events.map(({ annulled_at }) => annulled_at.getTime() - at)).toEqual([1, 2]);
    await recordLateEvent(database.db, { ...told, event: randomUUID() });
    expect(await row()).toMatchObject({ outcome: 'completed', corrected: true });
  });

  it('leaves a no_show that only an exit speaks against', async () => {
    await recordLateEvent(database.db, {
      event: randomUUID(),
      reservation,
      ordinal: 0,
      gate: 'south',
      direction: 'out',
      method: 'qr',
      at,
    });
    await write(state(4, 'closed', { outcome: 'no_show' }));
    expect(await row()).toMatchObject({ outcome: 'no_show', corrected: false });
  });

  it('records a late event without touching any other outcome', async () => {
    await write(state(4, 'closed', { outcome: 'cancelled' }));
    await recordLateEvent(database.db, {
      event: randomUUID(),
      reservation,
      ordinal: 0,
      gate: 'south',
      direction: 'in',
      method: 'qr',
      at,
    });
    expect(await row()).toMatchObject({ outcome: 'cancelled', corrected: false });
    expect(await database.db('gate_event').where({ reservation_id: reservation, late: true })).toHaveLength(1);
  });

  it('ends in time when somebody holds the row', async () => {
    const held = await database.owner.transaction();
    await held('reservation').where({ id: reservation }).forNoKeyUpdate().first();
    await expect(write(state(1, 'details'))).rejects.toThrow();
    await held.rollback();
    await write(state(1, 'details'));
    expect(await row()).toMatchObject({ seq: 1 });
  });
});
