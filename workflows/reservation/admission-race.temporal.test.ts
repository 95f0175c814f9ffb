import { afterAll, beforeAll, expect, test } from 'vitest';
import { dayOf } from '../../domain/time.ts';
import { untilBlockedBy } from '../../testing/blocked.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import type { TestVisitor } from '../../testing/process-visitor.ts';
import { until } from '../../testing/until.ts';
import { on } from '../../testing/window.ts';
import { awaited, type Wish, wishesOf } from '../../testing/wishes.ts';

/** What is said to a reservation in the very moment in which a change of it is being admitted. */

let process: ProcessUnderTest;
let wishes: ReturnType<typeof wishesOf>;
beforeAll(async () => {
  process = await startProcess();
  wishes = wishesOf(process);
  await process.startWorker();
  await process.forwarded();
  await process.owner('campus').where({ id: process.content.campus }).update({ daily_capacity: 1_000 });
  // Somebody has a place on the day that changes ask for: it can be held.
  await process.submit(await process.aVisitor(), on(wished));
});
afterAll(() => process?.stop());

const [asked, wished] = [2, 9];

type Reserved = { reservation: string; submission: string };
const approved = async (visitor: TestVisitor, wish: Wish): Promise<Reserved> => {
  const of = await process.submit(visitor, wish);
  await process.decide(of.reservation, 'approved');
  await process.reaches(of.reservation, 'visit');
  return of;
};

/**
 * Asks for a change to the other day while somebody else holds that day's places; what happens meanwhile comes between
 * the question and its answer. @returns what the change was answered
 */
async function whileAdmitting(
  visitor: TestVisitor,
  of: Reserved,
  wish: Wish,
  meanwhile: (submission: string) => Promise<unknown>,
) {
  const { change } = await process.owner.transaction(async (trx) => {
    const slot = { campus_id: process.content.campus, day: dayOf(on(wished).from) };
    expect(await trx('slot').where(slot).forUpdate()).toHaveLength(1);
    const change = wishes.change(visitor, of, wish);
    await untilBlockedBy(trx, process.db, 'the change is being admitted');
    const { id: submission } = await process
      .db('submission')
      .where({ reservation_id: of.reservation, kind: 'change' })
      .orderBy('created_at', 'desc')
      .first();
    await meanwhile(submission);
    return { change };
  });
  return change;
}

const row = ({ reservation }: Reserved) => process.row(reservation);
/** [ordinal, version, whether it is valid] of every version. */
const passes = async ({ reservation }: Reserved) => {
  const rows = await process.db('pass').where({ reservation_id: reservation }).orderBy(['ordinal', 'version']);
  return rows.map(({ ordinal, version, revoked_at }) => [ordinal, version, revoked_at === null]);
};
const holdsPasses = (of: Reserved, wanted: [number, number, boolean][]) =>
  until(async () => JSON.stringify(await passes(of)) === JSON.stringify(wanted), `passes ${JSON.stringify(wanted)}`);
const places = async ({ reservation }: Reserved): Promise<number[]> =>
  process.db('quota_hold').where({ reservation_id: reservation }).orderBy('day').pluck('count');
const openTasks = ({ reservation }: Reserved): Promise<string[]> =>
  process.db('task').where({ reservation_id: reservation, status: 'open' }).pluck('submission_id');
/** Rows follow what was answered, and here they waited for the admission too. */
const waitsFor = (of: Reserved, submission: string) =>
  until(async () => (await openTasks(of)).join() === submission, 'the task for it is in the inbox');

test('a person who becomes ready in that moment belongs to the change, and has a pass when it is approved', async () => {
  const visitor = await process.aVisitor();
  const one = await wishes.aCompanion(visitor, 1);
  const of = await process.submit(visitor, { ...on(asked), awaited: [awaited(one)] });
  const { answer, submission } = await whileAdmitting(
    visitor,
    of,
    { ...on(wished), awaited: [awaited(one)] },
    async (submission) => {
      for (const named of [of.submission, submission]) {
        const ready = await wishes.personReady(visitor, { reservation: of.reservation, submission: named }, one);
        expect(ready.answer).toMatchObject({ ok: true });
      }
    },
  );
  expect(answer).toMatchObject({ ok: true, stage: 'approval' });
  await waitsFor(of, submission);
  await process.decide(of.reservation, 'approved');
  await process.reaches(of.reservation, 'visit');
  await holdsPasses(of, [
    [0, 1, true],
    [1, 1, true],
  ]);
  await until(async () => (await places(of)).join() === '2', 'the places of the first window are given back');
});

test('where passes are valid, a person who becomes ready has one at once, and the next version with the change', async () => {
  const visitor = await process.aVisitor();
  const one = await wishes.aCompanion(visitor, 1);
  const of = await approved(visitor, { ...on(asked), awaited: [awaited(one)] });
  const { answer, submission } = await whileAdmitting(
    visitor,
    of,
    { ...on(wished), awaited: [awaited(one)] },
    async (wanted) => {
      for (const named of [of.submission, wanted])
        await wishes.personReady(visitor, { reservation: of.reservation, submission: named }, one);
    },
  );
  expect(answer).toMatchObject({ ok: true, stage: 'visit' });
  await holdsPasses(of, [
    [0, 1, true],
    [1, 1, true],
  ]);
  await waitsFor(of, submission);
  await process.decide(of.reservation, 'approved');
  await holdsPasses(of, [
    [0, 1, true],
    [0, 2, true],
    [1, 1, true],
    [1, 2, true],
  ]);
});

test('an approval in that moment holds: the change waits beside it for an approval of its own', async () => {
  const visitor = await process.aVisitor();
  const of = await process.submit(visitor, on(asked));
  const { answer, submission } = await whileAdmitting(visitor, of, on(wished), async () => {
    const { answer: decided } = await process.decide(of.reservation, 'approved');
    expect(decided).toMatchObject({ ok: true, stage: 'pass' });
  });
  expect(answer).toMatchObject({ ok: true });
  await process.reaches(of.reservation, 'visit');
  await waitsFor(of, submission);
  expect(await row(of)).toMatchObject({
    submission_id: of.submission,
    change_submission_id: submission,
    visit_from: on(asked).from,
  });
  await holdsPasses(of, [[0, 1, true]]);
  expect(await places(of)).toEqual([1, 1]);

  await process.decide(of.reservation, 'approved');
  await holdsPasses(of, [
    [0, 1, true],
    [0, 2, true],
  ]);
  await until(async () => (await row(of)).submission_id === submission, 'the change holds');
  expect(await row(of)).toMatchObject({ visit_from: on(wished).from });
  await until(async () => (await places(of)).length === 1, 'the place of the old window is given back');
});

test('a refusal in that moment ends the visit: the change is answered so, and no place is kept', async () => {
  const visitor = await process.aVisitor();
  const of = await process.submit(visitor, on(asked));
  const { answer } = await whileAdmitting(visitor, of, on(wished), async () => {
    const { answer: decided } = await process.decide(of.reservation, 'rejected', '那天不接待');
    expect(decided).toMatchObject({ ok: true, stage: 'closed' });
  });
  expect(answer).toEqual({ ok: false, code: 'closed' });
  expect(await process.result(of.reservation)).toMatchObject({ outcome: 'rejected' });
  expect(await row(of)).toMatchObject({ outcome: 'rejected', change_submission_id: null });
  expect([await passes(of), await places(of), await openTasks(of)]).toEqual([[], [], []]);
});

test('when the request is returned in that moment, it waits for the corrected form, and the change is gone', async () => {
  const visitor = await process.aVisitor();
  const of = await process.submit(visitor, on(asked));
  const { answer } = await whileAdmitting(visitor, of, on(wished), () => wishes.sendBack(of, '请补充事由'));
  expect(answer).toEqual({ ok: false, code: 'wrong_stage' });
  await process.reaches(of.reservation, 'details');
  await until(async () => (await places(of)).length === 0, 'its places are free');
  const again = await wishes.submitAgain(visitor, of, on(asked));
  expect(again.answer).toMatchObject({ ok: true, stage: 'approval' });
  await waitsFor(of, again.submission);
});

test('a person taken out in that moment belongs neither to the standing visit nor to the change', async () => {
  const visitor = await process.aVisitor();
  const [one, two] = [await wishes.aCompanion(visitor, 1), await wishes.aCompanion(visitor, 2)];
  const people = [visitor.profile, one, two];
  const of = await approved(visitor, { ...on(asked), people });
  const { answer, submission } = await whileAdmitting(visitor, of, { ...on(wished), people }, () =>
    wishes.removePerson(visitor, of, 1),
  );
  expect(answer).toMatchObject({ ok: true });
  await waitsFor(of, submission);
  await until(async () => (await places(of)).join() === '2,2', 'their places are given back, and the others’ kept');
  await process.decide(of.reservation, 'approved');
  await holdsPasses(of, [
    [0, 1, true],
    [0, 2, true],
    [1, 1, false],
    [2, 1, true],
    [2, 2, true],
  ]);
});
