import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { narrows } from '../../activities/narrowing.ts';
import type { PolicyDocument, PolicyStep } from '../../domain/policy.ts';
import { minute } from '../../domain/time.ts';
import { refuseWithdrawal } from '../../domain/withdrawal.ts';
import { failureConverterPath } from '../../platform/codec.ts';
import { addedSigners, whyNotAdded } from '../../store/approval/added-signer.ts';
import { earlierAnswers } from '../../store/approval/earlier-rounds.ts';
import { returnsOf } from '../../store/approval/past-returns.ts';
import { hasEverySignature } from '../../store/approval/signature.ts';
import { couldTake } from '../../store/approval/step-signers.ts';
import { findTaskFor } from '../../store/approval/task.ts';
import { ownApproval } from '../../store/approval/withdrawal.ts';
import { type OwnWorkers, ownWorkers } from '../../testing/own-worker.ts';
import { aPolicy, someStaff } from '../../testing/policies.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { taskWishesOf } from '../../testing/task-wishes.ts';
import { until } from '../../testing/until.ts';
import { on } from '../../testing/window.ts';
import { awaited, wishesOf } from '../../testing/wishes.ts';

/** Policies that ask for more than one signature: in steps, all or some of a step, and what ends or begins a round. */

let process: ProcessUnderTest;
let workers: OwnWorkers;
let wishes: ReturnType<typeof wishesOf>;
const people = { approver: '', head: '', guard: '', reception: '' };
beforeAll(async () => {
  process = await startProcess();
  workers = await ownWorkers(process);
  wishes = wishesOf(process);
  const { department, staff } = process.content;
  people.approver = staff;
  people.head = await someStaff(process.owner, '院长', ['head', department]);
  people.guard = await someStaff(process.owner, '保卫', ['security', null]);
  people.reception = await someStaff(process.owner, '前台', ['reception', null]);
});
afterAll(async () => {
  await workers?.close();
  await process?.stop();
});

type Who = keyof typeof people;
const approver: PolicyStep = { signers: [{ role: 'approver' }], need: 1 };
const head: PolicyStep = { signers: [{ role: 'head' }], need: 1 };
const both: PolicyStep = { signers: [{ role: 'approver' }, { role: 'head' }], need: 2 };
const twoOfThree: PolicyStep = { signers: [{ role: 'approver' }, { role: 'head' }, { role: 'security' }], need: 2 };

/** With a worker that compiles these steps; `change`: as another release would. */
async function withSteps(
  steps: PolicyStep[],
  work: () => Promise<void>,
  change: Partial<OwnWorkers['activities']> = {},
  workflowBundle = workers.workflowBundle,
) {
  const document: PolicyDocument = { steps, once: true };
  await aPolicy(process.owner, document);
  const { activities, withWorker } = workers;
  await withWorker({ workflowBundle, activities: { ...activities, ...change } }, work);
}

/** `step.ordinal status`, of the newest round. */
const tasks = async (reservation: string): Promise<string[]> =>
  (await process.db('task').where({ reservation_id: reservation }).orderBy(['round', 'step', 'ordinal'])).map(
    ({ step, ordinal, status }) => `${step}.${ordinal} ${status}`,
  );
const become = (reservation: string, ...wanted: string[]) =>
  until(async () => (await tasks(reservation)).join() === wanted.join(), wanted.join(', '));
const lastTask = (reservation: string) =>
  process
    .db('task')
    .where({ reservation_id: reservation })
    .orderBy(['round', 'step', 'ordinal'].map((column) => ({ column, order: 'desc' })))
    .first();
const passes = (reservation: string) => process.db('pass').where({ reservation_id: reservation });
const signs = (who: Who, reservation: string, verdict: 'approved' | 'rejected' = 'approved') =>
  process.decide(reservation, verdict, verdict === 'rejected' ? '没有时间' : '', people[who]);
const submitted = async (days: number) => {
  const visitor = await process.aVisitor();
  const of = await process.submit(visitor, on(days));
  await process.reaches(of.reservation, 'approval');
  return { visitor, of, reservation: of.reservation };
};

test('the next step opens after the one before it, and the last brings the pass', async () => {
  await withSteps([approver, head], async () => {
    const { reservation } = await submitted(2);
    await become(reservation, '0.0 open');
    await expect(signs('head', reservation), 'it is not the head’s turn').rejects.toMatchObject({ code: 'task_moved' });
    expect((await signs('approver', reservation)).answer).toMatchObject({ ok: true, stage: 'approval' });
    await become(reservation, '0.0 approved', '1.0 open');
    await expect(signs('approver', reservation), 'it is the head’s').rejects.toMatchObject({ code: 'task_moved' });
    expect(await passes(reservation)).toEqual([]);
    expect((await signs('head', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(reservation, 'visit');
    expect(await passes(reservation)).toHaveLength(1);
  });
});

test('a step needs so many of its signatures, each by another person, and then asks nobody else', async () => {
  const { department } = process.content;
  await process.owner('staff_role').insert({ staff_id: people.approver, role: 'head', department_id: department });
  await withSteps([twoOfThree], async () => {
    const { reservation } = await submitted(2);
    expect((await signs('approver', reservation)).answer).toMatchObject({ ok: true, stage: 'approval' });
    await become(reservation, '0.0 approved', '0.1 open', '0.2 open');
    await expect(signs('approver', reservation), 'the head’s as well').rejects.toMatchObject({ code: 'task_moved' });
    expect((await signs('guard', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(reservation, 'visit');
    expect(await tasks(reservation)).toEqual(['0.0 approved', '0.1 withdrawn', '0.2 approved']);
    expect(await passes(reservation)).toHaveLength(1);
  });
  await process.owner('staff_role').where({ staff_id: people.approver, role: 'head' }).delete();
});

test('what only one person can sign keeps that person free: nothing beside it is passed on to them', async () => {
  await withSteps([both], async () => {
    const { reservation } = await submitted(2);
    const task = { reservation_id: reservation, step: 0, ordinal: 0 };
    const { id } = await until(() => process.db('task').where(task).first(), 'the approver’s task');
    const { department } = process.content;
    const couldGoTo = (staff: string) => couldTake(process.db, { task: id, to: { department, people: [staff] } });
    expect(await couldGoTo(people.head)).toBe(false);
    expect(await couldGoTo(people.guard)).toBe(true);
    const other = await someStaff(process.owner, '副院长', ['head', process.content.department]);
    expect(await couldGoTo(people.head)).toBe(true);
    await process.owner('staff_role').where({ staff_id: other }).delete();
  });
});

test('who signed in this round is not asked again, and is in the next one', async () => {
  const { department } = process.content;
  await process.owner('staff_role').insert({ staff_id: people.head, role: 'approver', department_id: department });
  await withSteps([approver, head, { signers: [{ role: 'security' }], need: 1 }], async () => {
    const { visitor, of, reservation } = await submitted(2);
    await signs('head', reservation);
    await become(reservation, '0.0 approved', '1.0 approved', '2.0 open');
    await wishes.sendBack(of, '请补充事由', {}, people.guard);
    await process.reaches(reservation, 'details');
    await wishes.submitAgain(visitor, of, on(3, 1));
    const before = ['0.0 approved', '1.0 approved', '2.0 returned'];
    await become(reservation, ...before, '0.0 open');
    await signs('approver', reservation);
    await become(reservation, ...before, '0.0 approved', '1.0 open');
    await signs('head', reservation);
    await become(reservation, ...before, '0.0 approved', '1.0 approved', '2.0 open');
    expect((await signs('guard', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(reservation, 'visit');
  });
  await process.owner('staff_role').where({ staff_id: people.head, role: 'approver' }).delete();
});

test('one refusal counts for all, in every step: nothing else is asked', async () => {
  await withSteps([twoOfThree, head], async () => {
    const { reservation } = await submitted(2);
    await signs('approver', reservation);
    expect((await signs('guard', reservation, 'rejected')).answer).toMatchObject({ stage: 'closed' });
    expect(await process.result(reservation)).toMatchObject({ outcome: 'rejected' });
    expect(await tasks(reservation)).toEqual(['0.0 approved', '0.1 withdrawn', '0.2 rejected']);
  });
  await withSteps([approver, head], async () => {
    const { reservation } = await submitted(3);
    await signs('approver', reservation);
    await become(reservation, '0.0 approved', '1.0 open');
    await signs('head', reservation, 'rejected');
    expect(await process.result(reservation)).toMatchObject({ outcome: 'rejected' });
    expect(await passes(reservation)).toEqual([]);
  });
});

test('a time that one proposed and the visitor accepted is that one’s signature; who signed the former time signs anew', async () => {
  await withSteps([both, { signers: [{ role: 'security' }], need: 1 }], async () => {
    const { visitor, of, reservation } = await submitted(2);
    const { request } = await wishes.propose(of, on(4, 1));
    await wishes.acceptProposal(visitor, of, request, on(4, 1));
    await become(reservation, '0.0 approved', '0.1 open');
    await signs('head', reservation);
    const former = ['0.0 approved', '0.1 approved'];
    await become(reservation, ...former, '1.0 open');
    await signs('guard', reservation);
    await process.reaches(reservation, 'visit');
    expect(await passes(reservation)).toMatchObject([{ valid_from: on(4, 1).from }]);

    const other = await submitted(6);
    await signs('head', other.reservation);
    await become(other.reservation, '0.0 open', '0.1 approved');
    const proposal = await wishes.propose(other.of, on(7, 1));
    await wishes.acceptProposal(other.visitor, other.of, proposal.request, on(7, 1));
    await become(other.reservation, '0.0 withdrawn', '0.1 approved', '0.0 approved', '0.1 open');
  });
});

test('a change beside the standing approval goes through all steps as well', async () => {
  await withSteps([approver, head], async () => {
    const { visitor, of, reservation } = await submitted(2);
    await signs('approver', reservation);
    await become(reservation, '0.0 approved', '1.0 open');
    await wishes.change(visitor, of, on(2, 1));
    const replaced = ['0.0 approved', '1.0 withdrawn'];
    await become(reservation, ...replaced, '0.0 open');
    await signs('approver', reservation);
    await become(reservation, ...replaced, '0.0 approved', '1.0 open');
    await signs('head', reservation);
    await process.reaches(reservation, 'visit');
    // Nothing stood when that was asked for: decided, it is no change of an approved visit, and shows what was answered before.
    const asked = await lastTask(reservation);
    expect((await findTaskFor(process.db, process.cipher, people.head, asked.id))?.change).toBe(false);
    expect(await earlierAnswers(process.db, process.cipher, asked.id)).toMatchObject([
      { round: 0, verdict: 'approved' },
    ]);
    await wishes.change(visitor, of, on(5, 1));
    const standing = [...replaced, '0.0 approved', '1.0 approved'];
    await become(reservation, ...standing, '0.0 open');
    await signs('approver', reservation);
    await become(reservation, ...standing, '0.0 approved', '1.0 open');
    expect(await process.row(reservation)).toMatchObject({ visit_from: on(2, 1).from });
    await signs('head', reservation);
    await until(
      async () => (await process.row(reservation)).visit_from.getTime() === on(5, 1).from.getTime(),
      'it holds',
    );
    const last = await lastTask(reservation);
    expect((await findTaskFor(process.db, process.cipher, people.head, last.id))?.change, 'decided, too').toBe(true);
  });
});

test('an approval can be taken back after the visit was narrowed, and after a change that ended; not once another one stands', async () => {
  const own = taskWishesOf(process);
  const why = async (task: string, staff: string) => {
    const approval = await ownApproval(process.db, staff, task);
    return approval && refuseWithdrawal(approval, Date.now());
  };
  await withSteps([approver, head], async () => {
    const { visitor, of, reservation } = await submitted(2);
    const bothSign = async () => {
      for (const who of ['approver', 'head'] as const) {
        const { department } = process.content;
        await until(
          () =>
            process
              .db('task')
              .where({ reservation_id: reservation, status: 'open', role: who, department_id: department })
              .first(),
          `the task of ${who}`,
        );
        await signs(who, reservation);
      }
    };
    const valid = () => passes(reservation).whereNull('revoked_at');
    await bothSign();
    await process.reaches(reservation, 'visit');
    const [first] = await process.db('task').where({ reservation_id: reservation }).orderBy('step');

    await wishes.change(visitor, of, on(5, 1));
    const { decision_id: decision } = first;
    const actor = { kind: 'staff', id: people.approver } as const;
    const takeBack = { reservation, kind: 'withdraw_decision', payload: { task: first.id, decision }, actor } as const;
    await until(async () => (await why(first.id, people.approver)) === 'change_pending', 'the page says why');
    expect((await process.ask(takeBack)).answer).toEqual({ ok: false, code: 'change_pending' });
    await wishes.withdrawChange(visitor, of);
    await become(reservation, '0.0 approved', '1.0 approved', '0.0 withdrawn');
    expect(await why(first.id, people.approver)).toBeUndefined();
    expect((await own.withdrawDecision(of, '看错了日期')).answer).toMatchObject({ ok: true, stage: 'approval' });
    await become(reservation, '0.0 withdrawn', '0.0 open', '1.0 approved');
    await signs('approver', reservation);
    await process.reaches(reservation, 'visit');

    const sooner = new Date(on(2).until.getTime() - 30 * minute);
    await wishes.change(visitor, of, { until: sooner });
    await until(
      async () => (await process.row(reservation)).visit_until.getTime() === sooner.getTime(),
      'it is narrowed',
    );
    expect(await why(first.id, people.approver)).toBeUndefined();
    // As its workflow has it where it was narrowed under an earlier release.
    const narrowed = process.owner('reservation').where({ id: reservation });
    const { approved_submission_id } = await narrowed.clone().first();
    await narrowed.clone().update({ approved_submission_id: null });
    expect(await why(first.id, people.approver)).toBe('approval_replaced');
    await narrowed.clone().update({ approved_submission_id });
    expect((await own.withdrawDecision(of, '看错了日期')).answer).toMatchObject({ ok: true, stage: 'approval' });
    await become(reservation, '0.0 withdrawn', '0.0 withdrawn', '1.0 approved', '0.0 open');
    await until(async () => (await valid()).length === 0, 'no pass is valid');
    const { id: anew } = await process.newestTask(reservation);
    const shown = await findTaskFor(process.db, process.cipher, people.approver, anew);
    expect(shown, 'nothing stands beside it').toMatchObject({ change: false });
    await bothSign();
    await process.reaches(reservation, 'visit');
    expect(await valid()).toMatchObject([{ valid_until: sooner }]);

    const second = await process.db('task').where({ reservation_id: reservation, status: 'approved', step: 0 }).first();
    const soonest = new Date(sooner.getTime() - 10 * minute);
    await wishes.change(visitor, of, { until: soonest });
    await until(
      async () => (await process.row(reservation)).visit_until.getTime() === soonest.getTime(),
      'it is narrowed once more',
    );
    await wishes.change(visitor, of, on(6, 1));
    await signs('approver', reservation);
    const task = { reservation_id: reservation, status: 'open', role: 'head' };
    await until(() => process.db('task').where(task).first(), 'the task of the head');
    const added = await own.addSigner(of, 'after', people.reception, people.head);
    await signs('head', reservation);
    expect((await own.removeSigner(of, added, people.head)).answer, 'which grants it').toMatchObject({ ok: true });
    await until(async () => (await why(second.id, people.approver)) === 'approval_replaced', 'the page says why');
    const payload = { task: second.id, decision: second.decision_id };
    expect((await process.ask({ ...takeBack, payload })).answer).toEqual({ ok: false, code: 'approval_replaced' });
    expect((await own.withdrawDecision(of, '看错了日期')).answer, 'the newer one').toMatchObject({ ok: true });
  });
});

test('an approval that is taken back takes passes off the gates, also while another one is being made', async () => {
  const late = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await withSteps(
    [approver],
    async () => {
      const visitor = await process.aVisitor();
      const one = await wishes.aCompanion(visitor, 1);
      const of = await process.submit(visitor, { ...on(2), awaited: [awaited(one)] });
      const { reservation } = of;
      await signs('approver', reservation);
      await process.reaches(reservation, 'visit');
      await wishes.personReady(visitor, of, one);
      await asked.promise;
      expect((await taskWishesOf(process).withdrawDecision(of, '看错了日期')).answer).toMatchObject({ ok: true });
      const valid = () => passes(reservation).whereNull('revoked_at').pluck('ordinal');
      try {
        await until(async () => (await valid()).length === 0, 'no pass is valid');
      } finally {
        late.resolve();
      }
      const told = { reservation_id: reservation, kind: 'approval_withdrawn', status: 'sent' };
      await until(() => process.db('message').where(told).first(), 'the visitor is told');
      await signs('approver', reservation);
      await process.reaches(reservation, 'visit');
      expect((await valid()).toSorted()).toEqual([0, 1]);
      const fault = { reservation_id: reservation, kind: 'unsigned' };
      expect(await process.db('visit_fault').where(fault)).toEqual([]);
    },
    {
      issuePasses: async (request) => {
        if (request.late) {
          asked.resolve();
          await late.promise;
        }
        return workers.activities.issuePasses(request);
      },
    },
  );
});

test('nobody decides a later step until an approval that was taken back is there again', async () => {
  const { department } = process.content;
  const own = taskWishesOf(process);
  await process.owner('staff_role').insert({ staff_id: people.head, role: 'approver', department_id: department });
  const headOrDesk: PolicyStep = { signers: [{ role: 'head' }, { role: 'security' }], need: 1 };
  await withSteps([approver, headOrDesk, { signers: [{ role: 'reception' }], need: 1 }], async () => {
    const { visitor, of, reservation } = await submitted(2);
    await signs('approver', reservation);
    await become(reservation, '0.0 approved', '1.0 open', '1.1 open');
    const [, task] = await process.db('task').where({ reservation_id: reservation }).orderBy(['step', 'ordinal']);
    const actor = { kind: 'staff', id: people.head } as const;
    const proposal = await wishes.propose(of, on(4, 1), people.head);
    expect(proposal.answer).toMatchObject({ ok: true });

    expect((await own.withdrawDecision(of, '看错了日期')).answer).toMatchObject({ ok: true, stage: 'approval' });
    await become(reservation, '0.0 open', '1.0 withdrawn', '1.1 withdrawn');
    expect(await findTaskFor(process.db, process.cipher, people.head, task.id)).toMatchObject({ askedLater: true });
    const early = { reservation, kind: 'decide', payload: { task: task.id, verdict: 'approved' }, actor } as const;
    expect((await process.ask(early)).answer).toEqual({ ok: false, code: 'task_closed' });
    const accepted = await wishes.acceptProposal(visitor, of, proposal.request, on(4, 1));
    expect(accepted.answer, 'nobody stands by that time any more').toEqual({ ok: false, code: 'no_proposal' });

    // Signs the step after it as well, whose other task needs no signature then.
    await signs('head', reservation);
    await become(reservation, '0.0 approved', '1.0 approved', '1.1 withdrawn', '2.0 open');
    await own.withdrawDecision(of, '看错了日期', people.head);
    await become(reservation, '0.0 open', '1.1 withdrawn', '2.0 withdrawn');
    await signs('approver', reservation);
    await become(reservation, '0.0 approved', '1.0 open', '1.1 open', '2.0 withdrawn');
    await signs('guard', reservation);
    await become(reservation, '0.0 approved', '1.0 withdrawn', '1.1 approved', '2.0 open');
    expect(await passes(reservation)).toEqual([]);
    expect((await signs('reception', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(reservation, 'visit');
    expect(await passes(reservation)).toHaveLength(1);
  });
  await process.owner('staff_role').where({ staff_id: people.head, role: 'approver' }).delete();
});

/** Each step has this long, milliseconds, where its policy says minutes. */
const admitFor =
  (within: number): OwnWorkers['activities']['admit'] =>
  async (request) => {
    const admitted = await workers.activities.admit(request);
    if (!admitted.ok) return admitted;
    const { policy } = admitted;
    return {
      ...admitted,
      policy: { ...policy, steps: policy.steps?.map((step) => ({ ...step, within })) },
    } as typeof admitted;
  };

test('a timer that fires before its time ends no request and no change, no draft, and no visit', async () => {
  const quiet = () => {};
  const early = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../all.ts', import.meta.url)),
    workflowInterceptorModules: [fileURLToPath(new URL('../../testing/early-timers.ts', import.meta.url))],
    failureConverterPath,
    logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const lived = async (reservation: string, kind: string) => {
    const line = { reservation_id: reservation, kind };
    const { at } = await until(() => process.db('timeline').where(line).first(), kind);
    const task = process.db('task').where({ reservation_id: reservation, status: 'withdrawn' });
    return at.getTime() - (await task.first()).opened_at.getTime();
  };
  // The engine is late by a second, too: long enough that the first timer fires well before the end.
  const within = 3_000;
  const lapsing: PolicyStep = { ...approver, within: 10, late: 'lapse' };
  await withSteps(
    [lapsing],
    async () => {
      const durations = { draftTtl: within, settleFor: 600_000 };
      const { id: visitorId } = await process.aVisitor();
      const draft = randomUUID();
      await process.db('reservation').insert({ id: draft, visitor_id: visitorId, stage: 'registration' });
      const actor = { kind: 'visitor', id: visitorId } as const;
      const begun = Date.now();
      await process.ask({ reservation: draft, kind: 'start', payload: {}, actor }, { durations });
      const returned = await process.submit(await process.aVisitor(), { ...on(2), durations });
      await wishes.sendBack(returned, '请补充事由');
      await process.forwarded();
      const end = new Date(Date.now() + 2 * within);
      const short = await process.submit(await process.aVisitor(), { until: end });
      await signs('approver', short.reservation);
      const [undecided, { visitor, of, reservation }] = await Promise.all([submitted(2), submitted(2)]);
      await signs('approver', reservation);
      await process.reaches(reservation, 'visit');
      await wishes.change(visitor, of, on(5, 1));
      expect(await lived(undecided.reservation, 'expired')).toBeGreaterThanOrEqual(within);
      expect(await lived(reservation, 'change_lapsed')).toBeGreaterThanOrEqual(within);
      expect(await process.result(draft)).toMatchObject({ outcome: 'abandoned' });
      expect(Date.now() - begun).toBeGreaterThanOrEqual(within);
      expect(await process.result(returned.reservation)).toMatchObject({ outcome: 'expired' });
      const sentBack = process.db('timeline').where({ reservation_id: returned.reservation, kind: 'returned' });
      const { closed_at: lapsed } = await process.row(returned.reservation);
      expect(lapsed.getTime() - (await sentBack.first()).at.getTime()).toBeGreaterThanOrEqual(within);
      expect(await process.result(short.reservation)).toMatchObject({ outcome: 'no_show' });
      expect((await process.row(short.reservation)).closed_at.getTime()).toBeGreaterThanOrEqual(end.getTime());
    },
    { admit: admitFor(within) },
    early,
  );
});

test('a step’s own time ends the request, or lets deputy and head sign as well', async () => {
  const step = { ...approver, within: 10 };
  await withSteps(
    [{ ...step, late: 'lapse' }],
    async () => {
      const { reservation } = await submitted(2);
      expect(await process.result(reservation)).toMatchObject({ outcome: 'expired' });
      expect(await tasks(reservation)).toEqual(['0.0 withdrawn']);
    },
    { admit: admitFor(1_500) },
  );
  await withSteps(
    [{ ...step, late: 'climb' }],
    async () => {
      const { reservation } = await submitted(2);
      await expect(signs('head', reservation)).rejects.toMatchObject({ code: 'task_moved' });
      await until(() => process.db('task').where({ reservation_id: reservation, rung: 3 }).first(), 'it climbed');
      expect((await signs('head', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
      await process.reaches(reservation, 'visit');
    },
    // Long enough for the head to be refused before.
    { admit: admitFor(6_000) },
  );
});

describe('a signer who is added', () => {
  const { addSigner, removeSigner } = {
    addSigner: (...asked: Parameters<ReturnType<typeof taskWishesOf>['addSigner']>) =>
      taskWishesOf(process).addSigner(...asked),
    removeSigner: (...asked: Parameters<ReturnType<typeof taskWishesOf>['removeSigner']>) =>
      taskWishesOf(process).removeSigner(...asked),
  };
  const isSigned = async (reservation: string) => {
    const { submission_id } = await process.db('reservation').where({ id: reservation }).first('submission_id');
    return hasEverySignature(process.db, { cipher: process.cipher, narrows }, submission_id);
  };
  const mayAct = (task: string) => process.db('task_actor').where({ task_id: task }).distinct().pluck('staff_id');

  test('before a task makes it wait, and it is asked again once they have signed', async () => {
    await withSteps([approver, head], async () => {
      const { of, reservation } = await submitted(2);
      const { answer, task } = await addSigner(of, 'before', people.reception);
      expect(answer).toMatchObject({ ok: true, stage: 'approval' });
      await become(reservation, '0.0 withdrawn', '0.1 open');
      expect(await findTaskFor(process.db, process.cipher, people.approver, task)).toMatchObject({
        waitsForSigner: true,
      });
      await expect(signs('approver', reservation), 'it waits').rejects.toMatchObject({ code: 'task_moved' });
      await signs('reception', reservation);
      await become(reservation, '0.0 open', '0.1 approved');
      await expect(signs('reception', reservation), 'they have signed').rejects.toMatchObject({ code: 'task_moved' });
      await signs('approver', reservation);
      await become(reservation, '0.0 approved', '0.1 approved', '1.0 open');
      expect((await signs('head', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
      await process.reaches(reservation, 'visit');
      expect(await passes(reservation)).toHaveLength(1);
    });
  });

  test('after a task keeps the pass back until they have signed, by rows as by the process', async () => {
    await withSteps([approver], async () => {
      const { of, reservation } = await submitted(3);
      await addSigner(of, 'after', people.reception);
      expect(await tasks(reservation)).toEqual(['0.0 open']);
      expect((await signs('approver', reservation)).answer).toMatchObject({ ok: true, stage: 'approval' });
      await become(reservation, '0.0 approved', '0.1 open');
      expect([await passes(reservation), await isSigned(reservation)]).toEqual([[], false]);
      expect((await signs('reception', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
      await process.reaches(reservation, 'visit');
      expect(await isSigned(reservation)).toBe(true);
    });
  });

  test('is taken out before they have signed, and nothing of them is missing any more', async () => {
    await withSteps([approver], async () => {
      const { of, reservation } = await submitted(4);
      const added = await addSigner(of, 'before', people.reception);
      await become(reservation, '0.0 withdrawn', '0.1 open');
      await removeSigner(of, added);
      await become(reservation, '0.0 open', '0.1 withdrawn');
      const again = await addSigner(of, 'after', people.head);
      await signs('approver', reservation);
      await become(reservation, '0.0 approved', '0.1 withdrawn', '0.2 open');
      expect((await removeSigner(of, again)).answer).toMatchObject({ ok: true, stage: 'pass' });
      await process.reaches(reservation, 'visit');
      expect(await passes(reservation)).toHaveLength(1);
    });
  });

  test('waits again where the approval before them is taken back, and a round that is corrected has none', async () => {
    await withSteps([approver], async () => {
      const { visitor, of, reservation } = await submitted(5);
      await addSigner(of, 'after', people.reception);
      await signs('approver', reservation);
      await become(reservation, '0.0 approved', '0.1 open');
      await taskWishesOf(process).withdrawDecision(of, '看错了');
      await become(reservation, '0.0 open', '0.1 withdrawn');
      await signs('approver', reservation);
      await become(reservation, '0.0 approved', '0.1 open');
      await wishes.sendBack(of, '请补充', {}, people.reception);
      await process.reaches(reservation, 'details');
      await wishes.submitAgain(visitor, of, on(5));
      const open = () => process.db('task').where({ reservation_id: reservation, round: 1 });
      await until(async () => (await open()).length === 1, 'one task of the policy');
      expect((await signs('approver', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
    });
  });

  test('of a change holds it back beside what stands', async () => {
    await withSteps([approver], async () => {
      const { visitor, of, reservation } = await submitted(6);
      await signs('approver', reservation);
      await process.reaches(reservation, 'visit');
      await wishes.change(visitor, of, on(7));
      await until(() => process.db('task').where({ reservation_id: reservation, status: 'open' }).first(), 'a task');
      const added = await addSigner(of, 'after', people.reception);
      await signs('approver', reservation);
      await until(() => process.db('task').where({ id: added.signer, status: 'open' }).first(), 'their turn');
      expect((await process.row(reservation)).change_submission_id).not.toBeNull();
      await signs('reception', reservation);
      await until(async () => (await process.row(reservation)).change_submission_id === null, 'the change stands');
    });
  });

  test('who leaves leaves their signature to the head; who may not sign there is not added', async () => {
    await withSteps([approver], async () => {
      const { of, reservation } = await submitted(8);
      const leaver = await someStaff(process.owner, '离任', ['reception', null]);
      const { task, signer } = await addSigner(of, 'before', leaver);
      await become(reservation, '0.0 withdrawn', '0.1 open');
      await process.owner('staff').where({ id: leaver }).update({ left_at: new Date() });
      expect(await mayAct(signer)).toEqual([people.head]);
      await signs('head', reservation);
      await become(reservation, '0.0 open', '0.1 approved');
      const why = (person: string, at = task) => whyNotAdded(process.db, { task: at, person });
      expect(await why(people.head), 'signed in this round').toBe('signed');
      expect(await why(people.approver), 'nobody else could sign the task itself').toBe('part');
      const named = await addSigner(of, 'after', people.reception);
      expect(await why(people.reception)).toBe('named');
      await addSigner(of, 'after', people.guard);
      expect(await why(await someStaff(process.owner, '第四', ['host', null]))).toBe('many');
      await signs('approver', reservation);
      await until(() => process.db('task').where({ id: named.signer, status: 'open' }).first(), 'their turn');
      expect(await why(people.approver, named.signer), 'nobody is added to them').toBe('added');
    });
  });
});

describe('a visit that is sent back to an earlier step', () => {
  const own = () => taskWishesOf(process);
  const security: PolicyStep = { signers: [{ role: 'security' }], need: 1 };
  const taskAt = (reservation: string, step: number, ordinal = 0) =>
    process.db('task').where({ reservation_id: reservation, step, ordinal }).orderBy('round', 'desc').first();
  const isSigned = async (reservation: string) => {
    const { submission_id } = await process.row(reservation);
    return hasEverySignature(process.db, { cipher: process.cipher, narrows }, submission_id);
  };
  /** Rows alone, as if this person had signed that step a moment ago. */
  async function rowsOfSignature(reservation: string, step: number, staff: string) {
    const { submission_id } = await process.row(reservation);
    const { id: task, department_id } = await taskAt(reservation, step);
    const id = randomUUID();
    const of = { reservation_id: reservation };
    const payload = JSON.stringify({ task, verdict: 'approved' });
    const answered = { status: 'answered', answer: JSON.stringify({ ok: true, seq: 0 }), answered_at: new Date() };
    const actor = { actor_kind: 'staff', actor_id: staff };
    await process.owner('request').insert({ ...of, ...actor, ...answered, id, kind: 'decide', payload });
    const decided = { ...of, request_id: id, submission_id, department_id, staff_id: staff, verdict: 'approved' };
    await process.owner('decision').insert(decided);
    await process.owner('signature').insert({ request_id: id, submission_id, step, ordinal: 0 });
  }

  test('asks that step and every later one anew: what was signed there counts no more, by rows as by the process', async () => {
    const headOrDesk: PolicyStep = { signers: [{ role: 'head' }, { role: 'security' }], need: 1 };
    await withSteps([approver, headOrDesk, { signers: [{ role: 'reception' }], need: 1 }], async () => {
      const { visitor, of, reservation } = await submitted(2);
      const asks = async (who: Who, step: number, at: number) => {
        const payload = { task: (await taskAt(reservation, at)).id, step };
        const actor = { kind: 'staff', id: people[who] } as const;
        return (await process.ask({ reservation, kind: 'return_to_step', payload, actor })).answer;
      };
      expect(await asks('approver', 0, 0), 'the first step').toEqual({ ok: false, code: 'no_earlier_step' });
      await signs('approver', reservation);
      await signs('head', reservation);
      await become(reservation, '0.0 approved', '1.0 approved', '1.1 withdrawn', '2.0 open');
      for (const step of [2, 3, -1, 0.5])
        expect(await asks('reception', step, 2)).toEqual({ ok: false, code: 'no_earlier_step' });
      expect(await asks('head', 0, 1)).toEqual({ ok: false, code: 'task_closed' });
      await expect(own().returnToStep(of, 2, people.reception)).rejects.toMatchObject({ code: 'task_moved' });

      const proposal = await wishes.propose(of, on(4, 1), people.reception);
      expect((await own().returnToStep(of, 1, people.reception)).answer).toMatchObject({ ok: true, stage: 'approval' });
      const backAt1 = ['0.0 approved', '1.0 open', '1.1 open', '2.0 withdrawn'];
      await become(reservation, ...backAt1);
      const accepted = await wishes.acceptProposal(visitor, of, proposal.request, on(4, 1));
      expect(accepted.answer, 'nobody stands by that time any more').toEqual({ ok: false, code: 'no_proposal' });
      const last = await taskAt(reservation, 2);
      expect(await findTaskFor(process.db, process.cipher, people.reception, last.id)).toMatchObject({
        askedLater: true,
      });
      const asked = await taskAt(reservation, 1);
      expect(asked).toMatchObject({ rung: 0, decision_id: null });
      const read = await findTaskFor(process.db, process.cipher, people.head, asked.id);
      expect(read).toMatchObject({ status: 'open', deciding: false, decision: null });
      expect(await returnsOf(process.db, process.cipher, asked.id)).toMatchObject([
        { by: people.reception, from: 2, to: 1, reason: '请再核对车辆' },
      ]);
      expect(await returnsOf(process.db, process.cipher, (await taskAt(reservation, 0)).id)).toEqual([]);
      await rowsOfSignature(reservation, 2, people.reception);
      expect(await isSigned(reservation), 'the head’s counts no more').toBe(false);

      await signs('guard', reservation);
      await become(reservation, '0.0 approved', '1.0 withdrawn', '1.1 approved', '2.0 open');
      expect(await isSigned(reservation), 'the desk has signed instead').toBe(true);
      expect((await own().returnToStep(of, 0, people.reception)).answer).toMatchObject({ ok: true });
      await become(reservation, '0.0 open', '1.0 withdrawn', '1.1 withdrawn', '2.0 withdrawn');
      await rowsOfSignature(reservation, 2, people.reception);
      expect(await isSigned(reservation)).toBe(false);
      await signs('approver', reservation);
      await become(reservation, '0.0 approved', '1.0 open', '1.1 open', '2.0 withdrawn');
      await signs('head', reservation);
      await become(reservation, '0.0 approved', '1.0 approved', '1.1 withdrawn', '2.0 open');
      expect(await passes(reservation)).toEqual([]);
      expect((await signs('reception', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
      await process.reaches(reservation, 'visit');
      expect(await passes(reservation)).toHaveLength(1);
    });
  });

  test('asks who signed with an earlier step too, and leaves what stands before it', async () => {
    const { department } = process.content;
    await process.owner('staff_role').insert({ staff_id: people.head, role: 'approver', department_id: department });
    await withSteps([approver, head, security], async () => {
      const { of, reservation } = await submitted(2);
      await signs('head', reservation);
      await become(reservation, '0.0 approved', '1.0 approved', '2.0 open');
      // Nobody decides, or sends it back, beside a visit that is on its way back, or beside an answer that is.
      const waits = { id: randomUUID(), reservation_id: reservation, actor_kind: 'staff', actor_id: people.guard };
      const { id: task } = await taskAt(reservation, 2);
      for (const [kind, act, code] of [
        ['return_to_step', () => signs('guard', reservation), 'task_returning'],
        ['return_to_step', () => own().returnToStep(of, 1, people.guard), 'task_returning'],
        ['decide', () => own().returnToStep(of, 1, people.guard), 'task_moved'],
      ] as const) {
        await process.owner('request').insert({ ...waits, kind, payload: JSON.stringify({ task, step: 0 }) });
        await expect(act(), kind).rejects.toMatchObject({ code });
        await process.owner('request').where({ id: waits.id }).delete();
      }
      await own().returnToStep(of, 1, people.guard);
      await become(reservation, '0.0 approved', '1.0 open', '2.0 withdrawn');
      await rowsOfSignature(reservation, 2, people.guard);
      expect(await isSigned(reservation)).toBe(false);
      await signs('head', reservation);
      await become(reservation, '0.0 approved', '1.0 approved', '2.0 open');
      await own().returnToStep(of, 0, people.guard);
      await become(reservation, '0.0 open', '1.0 withdrawn', '2.0 withdrawn');
      await signs('head', reservation);
      await become(reservation, '0.0 approved', '1.0 approved', '2.0 open');
      expect((await signs('guard', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
      await process.reaches(reservation, 'visit');
    });
    await process.owner('staff_role').where({ staff_id: people.head, role: 'approver' }).delete();
  });

  test('keeps what an added signer has signed, and lets the others wait for their turn; also by one of them', async () => {
    await withSteps([approver, head], async () => {
      const { of, reservation } = await submitted(2);
      await own().addSigner(of, 'before', people.reception);
      await signs('reception', reservation);
      await become(reservation, '0.0 open', '0.1 approved');
      await signs('approver', reservation);
      await become(reservation, '0.0 approved', '0.1 approved', '1.0 open');
      await own().returnToStep(of, 0, people.head);
      await become(reservation, '0.0 open', '0.1 approved', '1.0 withdrawn');
      await signs('approver', reservation);
      await become(reservation, '0.0 approved', '0.1 approved', '1.0 open');
      await own().addSigner(of, 'before', people.guard, people.head);
      await become(reservation, '0.0 approved', '0.1 approved', '1.0 withdrawn', '1.1 open');
      await own().returnToStep(of, 0, people.guard);
      await become(reservation, '0.0 open', '0.1 approved', '1.0 withdrawn', '1.1 withdrawn');
      await signs('approver', reservation);
      await become(reservation, '0.0 approved', '0.1 approved', '1.0 withdrawn', '1.1 open');
      await signs('guard', reservation);
      await become(reservation, '0.0 approved', '0.1 approved', '1.0 open', '1.1 approved');
      expect((await signs('head', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
      await process.reaches(reservation, 'visit');
      expect(await isSigned(reservation)).toBe(true);
    });
  });

  test('does so as well inside a step that several sign, after a round that the visitor corrected', async () => {
    const names = ['甲', '乙', '丙', '丁', '戊', '己'];
    const [a = '', b = '', c = '', d = '', e = '', f = ''] = await Promise.all(
      names.map((name) => someStaff(process.owner, name)),
    );
    const named = (...ids: string[]) => ids.map((person) => ({ person }));
    const steps: PolicyStep[] = [
      { signers: named(a, b), need: 1 },
      { signers: named(c, d, e), need: 3 },
    ];
    const says = (who: string, reservation: string, verdict: 'approved' | 'rejected' = 'approved') =>
      process.decide(reservation, verdict, verdict === 'rejected' ? '没有时间' : '', who);
    /** One round is open, and each task of it has somebody who can act; or there is an outcome. */
    const stands = async (reservation: string, ...wanted: string[]) => {
      await become(reservation, ...wanted);
      const { stage, outcome, round } = await process.row(reservation);
      const open = await process.db('task').where({ reservation_id: reservation, status: 'open' });
      expect(open.map((task) => task.round)).toEqual(open.map(() => round));
      expect(outcome !== null).toBe(stage === 'closed');
      if (outcome === null) expect(open).not.toEqual([]);
      for (const { id } of open) expect(await process.db('task_actor').where({ task_id: id })).not.toEqual([]);
    };
    const addF = async (of: { reservation: string }) => {
      const added = await own().addSigner(of, 'after', f, c);
      expect(await addedSigners(process.db, added.task)).toMatchObject([{ name: '己', state: 'later' }]);
      return added.task;
    };
    await withSteps(steps, async () => {
      const { visitor, of, reservation } = await submitted(2);
      await says(a, reservation);
      await become(reservation, '0.0 approved', '0.1 withdrawn', '1.0 open', '1.1 open', '1.2 open');
      await says(c, reservation);
      await wishes.sendBack(of, '请补充事由', {}, d);
      await process.reaches(reservation, 'details');
      const first = ['0.0 approved', '0.1 withdrawn', '1.0 approved', '1.1 returned', '1.2 withdrawn'];
      await wishes.submitAgain(visitor, of, on(3, 1));
      await stands(reservation, ...first, '0.0 open', '0.1 open');
      const again = await process.db('task').where({ reservation_id: reservation, status: 'open' }).first();
      expect(await earlierAnswers(process.db, process.cipher, again.id)).toMatchObject([
        { round: 0, step: 0, verdict: 'approved', by: a },
        { round: 0, step: 1, verdict: 'approved', by: c },
        { round: 0, step: 1, verdict: 'returned', by: d, reason: '请补充事由' },
      ]);
      expect(await earlierAnswers(process.db, process.cipher, (await taskAt(reservation, 1)).id)).toEqual([]);
      await says(b, reservation);
      const stepOne = [...first, '0.0 withdrawn', '0.1 approved'];
      await stands(reservation, ...stepOne, '1.0 open', '1.1 open', '1.2 open');
      for (const one of [d, e]) await says(one, reservation);
      await stands(reservation, ...stepOne, '1.0 open', '1.1 approved', '1.2 approved');
      expect(await isSigned(reservation), 'theirs of the round before counts for nothing').toBe(false);
      const task = await addF(of);
      expect((await says(c, reservation, 'rejected')).answer).toMatchObject({ stage: 'closed' });
      await stands(reservation, ...stepOne, '1.0 rejected', '1.1 approved', '1.2 approved');
      expect(await addedSigners(process.db, task)).toMatchObject([{ name: '己', state: 'over' }]);

      const other = await submitted(4);
      await says(a, other.reservation);
      const stepTwo = ['0.0 approved', '0.1 withdrawn'];
      await become(other.reservation, ...stepTwo, '1.0 open', '1.1 open', '1.2 open');
      await addF(other.of);
      await says(c, other.reservation);
      await stands(other.reservation, ...stepTwo, '1.0 approved', '1.1 open', '1.2 open', '1.3 open');
      await own().returnToStep(other.of, 0, d);
      const back = ['1.0 withdrawn', '1.1 withdrawn', '1.2 withdrawn', '1.3 withdrawn'];
      await stands(other.reservation, '0.0 open', '0.1 open', ...back);
      await says(b, other.reservation);
      const anew = ['0.0 withdrawn', '0.1 approved'];
      await stands(other.reservation, ...anew, '1.0 open', '1.1 open', '1.2 open', '1.3 withdrawn');
      await says(c, other.reservation);
      await stands(other.reservation, ...anew, '1.0 approved', '1.1 open', '1.2 open', '1.3 open');
      expect((await says(d, other.reservation, 'rejected')).answer).toMatchObject({ stage: 'closed' });
      await stands(other.reservation, ...anew, '1.0 approved', '1.1 rejected', '1.2 withdrawn', '1.3 withdrawn');
    });
    await process.owner('staff').whereIn('id', [a, b, c, d, e, f]).update({ left_at: new Date() });
  });

  test('goes back within a change, and what stands beside it stays', async () => {
    await withSteps([approver, head], async () => {
      const { visitor, of, reservation } = await submitted(2);
      for (const who of ['approver', 'head'] as const) await signs(who, reservation);
      await process.reaches(reservation, 'visit');
      await wishes.change(visitor, of, on(5, 1));
      const standing = ['0.0 approved', '1.0 approved'];
      await become(reservation, ...standing, '0.0 open');
      await signs('approver', reservation);
      await become(reservation, ...standing, '0.0 approved', '1.0 open');
      expect((await own().returnToStep(of, 0, people.head)).answer).toMatchObject({ ok: true, stage: 'visit' });
      await become(reservation, ...standing, '0.0 open', '1.0 withdrawn');
      expect(await passes(reservation).whereNull('revoked_at')).toHaveLength(1);
      await signs('approver', reservation);
      await become(reservation, ...standing, '0.0 approved', '1.0 open');
      await signs('head', reservation);
      await until(async () => (await process.row(reservation)).change_submission_id === null, 'the change stands');
    });
  });
});
