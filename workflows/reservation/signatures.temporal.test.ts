import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnWorkers, ownWorkers } from '../../testing/own-worker.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { until } from '../../testing/until.ts';
import { on } from '../../testing/window.ts';
import { wishesOf } from '../../testing/wishes.ts';

/** A policy may ask for more than one signature in a round. Today's asks for one: here admission answers with two. */

let process: ProcessUnderTest;
let workers: OwnWorkers;
let wishes: ReturnType<typeof wishesOf>;
beforeAll(async () => {
  process = await startProcess();
  workers = await ownWorkers(process);
  wishes = wishesOf(process);
});
afterAll(async () => {
  await workers?.close();
  await process?.stop();
});

function withTwoSignatures<T>(work: () => Promise<T>): Promise<T> {
  const { activities, workflowBundle, withWorker } = workers;
  const admit: typeof activities.admit = async (request) => {
    const admitted = await activities.admit(request);
    if (!admitted.ok) return admitted;
    const { policy } = admitted;
    const signatures = [0, 1].map((ordinal) => ({ step: 0, ordinal, department: policy.department }));
    return { ...admitted, policy: { ...policy, signatures } };
  };
  return withWorker({ workflowBundle, activities: { ...activities, admit } }, work);
}

const tasks = async (reservation: string): Promise<string[]> =>
  (await process.db('task').where({ reservation_id: reservation }).orderBy(['round', 'ordinal'])).map(
    ({ status }) => status,
  );
const passes = (reservation: string) => process.db('pass').where({ reservation_id: reservation });
const submitted = async (days: number) => {
  const visitor = await process.aVisitor();
  const of = await process.submit(visitor, on(days));
  await until(async () => (await tasks(of.reservation)).join() === 'open,open', 'two tasks');
  return { visitor, of, reservation: of.reservation };
};

test('the first of two signatures leaves the visit waiting, the second brings the pass', async () => {
  await withTwoSignatures(async () => {
    const { reservation } = await submitted(2);
    expect((await process.decide(reservation, 'approved')).answer).toMatchObject({ ok: true, stage: 'approval' });
    await until(async () => (await tasks(reservation)).includes('approved'), 'one has signed');
    expect((await tasks(reservation)).toSorted()).toEqual(['approved', 'open']);
    expect(await passes(reservation)).toEqual([]);
    expect((await process.decide(reservation, 'approved')).answer).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(reservation, 'visit');
    expect(await passes(reservation)).toHaveLength(1);
  });
});

test('one refusal counts for all: the other signature is withdrawn', async () => {
  await withTwoSignatures(async () => {
    const { reservation } = await submitted(2);
    await process.decide(reservation, 'approved');
    expect((await process.decide(reservation, 'rejected', '没有时间')).answer).toMatchObject({ stage: 'closed' });
    expect(await process.result(reservation)).toMatchObject({ outcome: 'rejected' });
    expect((await tasks(reservation)).toSorted()).toEqual(['approved', 'rejected']);
    const other = await submitted(3);
    await process.decide(other.reservation, 'rejected', '没有时间');
    expect(await process.result(other.reservation)).toMatchObject({ outcome: 'rejected' });
    expect((await tasks(other.reservation)).toSorted()).toEqual(['rejected', 'withdrawn']);
    expect(await passes(reservation)).toEqual([]);
  });
});

test('after a return that follows one signature, both sign the corrected form', async () => {
  await withTwoSignatures(async () => {
    const { visitor, of, reservation } = await submitted(2);
    await process.decide(reservation, 'approved');
    await wishes.sendBack(of, '请补充事由');
    await process.reaches(reservation, 'details');
    expect((await tasks(reservation)).toSorted()).toEqual(['approved', 'returned']);
    await wishes.submitAgain(visitor, of, on(3, 1));
    await until(
      async () => (await tasks(reservation)).filter((status) => status === 'open').length === 2,
      'both again',
    );
    expect((await process.decide(reservation, 'approved')).answer).toMatchObject({ stage: 'approval' });
    expect((await process.decide(reservation, 'approved')).answer).toMatchObject({ stage: 'pass' });
    await process.reaches(reservation, 'visit');
  });
});

test('a time that one of them proposed and the visitor accepted counts as that one’s signature only', async () => {
  await withTwoSignatures(async () => {
    const { visitor, of, reservation } = await submitted(2);
    const { request } = await wishes.propose(of, on(4, 1));
    const accepted = await wishes.acceptProposal(visitor, of, request, on(4, 1));
    expect(accepted.answer).toMatchObject({ ok: true, stage: 'approval' });
    await until(async () => (await tasks(reservation)).includes('approved'), 'the proposal is signed');
    expect((await tasks(reservation)).toSorted()).toEqual(['approved', 'open']);
    await process.decide(reservation, 'approved');
    await process.reaches(reservation, 'visit');
    expect(await passes(reservation)).toMatchObject([{ valid_from: on(4, 1).from }]);
  });
});

test('a change beside the standing approval needs both as well', async () => {
  await withTwoSignatures(async () => {
    const { visitor, of, reservation } = await submitted(2);
    for (let n = 0; n < 2; n += 1) await process.decide(reservation, 'approved');
    await process.reaches(reservation, 'visit');
    await wishes.change(visitor, of, on(5, 1));
    await until(async () => (await tasks(reservation)).join() === 'approved,approved,open,open', 'two tasks more');
    await process.decide(reservation, 'approved');
    await until(
      async () => (await tasks(reservation)).filter((one) => one === 'approved').length === 3,
      'one has signed',
    );
    expect(await process.row(reservation)).toMatchObject({ visit_from: on(2, 1).from });
    await process.decide(reservation, 'approved');
    await until(
      async () => (await process.row(reservation)).visit_from.getTime() === on(5, 1).from.getTime(),
      'it holds',
    );
  });
});
