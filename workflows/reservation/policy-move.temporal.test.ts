import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PolicyStep } from '../../domain/policy.ts';
import { addedSigners } from '../../store/approval/added-signer.ts';
import { hasEverySignature } from '../../store/approval/signature.ts';
import { findTaskFor } from '../../store/approval/task.ts';
import { type OwnWorkers, ownWorkers } from '../../testing/own-worker.ts';
import { aPolicy, newestVersion, someStaff } from '../../testing/policies.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { taskWishesOf } from '../../testing/task-wishes.ts';
import { until } from '../../testing/until.ts';
import { on } from '../../testing/window.ts';
import { wishesOf } from '../../testing/wishes.ts';

/** A visit that waits is moved to another version of its policy: what stays signed, what opens, and what is refused. */

let process: ProcessUnderTest;
let workers: OwnWorkers;
const people = { approver: '', head: '', guard: '', admin: '' };
beforeAll(async () => {
  process = await startProcess();
  workers = await ownWorkers(process);
  const { department, staff } = process.content;
  people.approver = staff;
  people.head = await someStaff(process.owner, '院长', ['head', department]);
  people.guard = await someStaff(process.owner, '保卫', ['security', null]);
  people.admin = await someStaff(process.owner, '管理员', ['admin', null]);
});
afterAll(async () => {
  await workers?.close();
  await process?.stop();
});

const step = (...roles: ('approver' | 'head' | 'security')[]): PolicyStep => ({
  signers: roles.map((role) => ({ role })),
  need: roles.length,
});
/** @returns the version's id */
async function published(steps: PolicyStep[], once = true): Promise<string> {
  await aPolicy(process.owner, { steps, once });
  return newestVersion(process.owner);
}
const withWorker = (work: () => Promise<void>, change: Partial<OwnWorkers['activities']> = {}) =>
  workers.withWorker(
    { workflowBundle: workers.workflowBundle, activities: { ...workers.activities, ...change } },
    work,
  );

const tasksOf = (reservation: string) =>
  process.db('task').where({ reservation_id: reservation }).orderBy(['round', 'step', 'ordinal']);
/** `round/step.ordinal role status`. */
const tasks = async (reservation: string): Promise<string[]> =>
  (await tasksOf(reservation)).map(
    ({ round, step, ordinal, role, status }) => `${round}/${step}.${ordinal} ${role} ${status}`,
  );
const become = (reservation: string, ...wanted: string[]) =>
  until(async () => (await tasks(reservation)).join() === wanted.join(), wanted.join(', '));
const signs = (who: keyof typeof people, reservation: string) =>
  process.decide(reservation, 'approved', '', people[who]);
const moves = async (reservation: string, version: string, by = people.admin) =>
  (await taskWishesOf(process).movePolicy({ reservation }, by, version)).answer;
async function submitted(days: number) {
  const visitor = await process.aVisitor();
  const of = await process.submit(visitor, on(days));
  await process.reaches(of.reservation, 'approval');
  return { visitor, of, ...of };
}
const isProved = (submission: string) =>
  hasEverySignature(process.db, { cipher: process.cipher, narrows: () => false }, submission);

test('what the new version asks for as well stays signed; what is missing opens, and the proof is by the new rows alone', async () => {
  const former = await published([step('approver'), step('head')]);
  await withWorker(async () => {
    const { reservation, submission } = await submitted(2);
    await signs('approver', reservation);
    await become(reservation, '0/0.0 approver approved', '0/1.0 head open');
    const [, head] = await tasksOf(reservation);

    const version = await published([step('security'), step('head', 'approver')]);
    expect(await moves(reservation, version)).toMatchObject({ ok: true, stage: 'approval' });
    const called = ['0/0.0 approver withdrawn', '0/1.0 head withdrawn'];
    await become(reservation, ...called, '1/0.0 security open');
    expect(await process.row(reservation)).toMatchObject({ round: 1, stage: 'approval' });
    await expect(signs('head', reservation), 'it is the desk’s turn').rejects.toMatchObject({ code: 'task_moved' });
    await signs('guard', reservation);
    const signed = [...called, '1/0.0 security approved'];
    await become(reservation, ...signed, '1/1.0 head open', '1/1.1 approver approved');
    expect(await isProved(submission)).toBe(false);

    // Back, while it is undecided: what was signed by then counts as far as it was asked for.
    expect(await moves(reservation, former)).toMatchObject({ ok: true });
    const dropped = [...called, '1/0.0 security withdrawn'];
    await become(reservation, ...dropped, '2/0.0 approver approved', '2/1.0 head open');
    expect((await tasksOf(reservation)).at(-1).id).not.toBe(head.id);
    expect(await isProved(submission)).toBe(false);
    expect((await signs('head', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(reservation, 'visit');
    expect(await isProved(submission)).toBe(true);
    const lines = await process.db('timeline').where({ reservation_id: reservation }).orderBy(['seq', 'n']);
    expect(lines.filter(({ kind }) => kind === 'policy_moved')).toMatchObject([
      { actor_id: people.admin },
      { actor_id: people.admin },
    ]);
    expect(await moves(reservation, version), 'it is decided').toEqual({ ok: false, code: 'task_closed' });
  });
});

test('a signature counts at the place that the new version has for it, and no more where it was given', async () => {
  await published([step('approver'), step('security')]);
  await withWorker(async () => {
    const { reservation, submission } = await submitted(2);
    await signs('approver', reservation);
    await become(reservation, '0/0.0 approver approved', '0/1.0 security open');
    const version = await published([step('head'), step('approver')]);
    expect(await moves(reservation, version)).toMatchObject({ ok: true, stage: 'approval' });
    const called = ['0/0.0 approver withdrawn', '0/1.0 security withdrawn'];
    await become(reservation, ...called, '1/0.0 head open');
    expect(await isProved(submission), 'the head has not signed').toBe(false);
    expect((await signs('head', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(reservation, 'visit');
    expect(await isProved(submission)).toBe(true);
  });
});

test('what was sent back to its step stays unsigned, though its signer signed the step before with the same decision', async () => {
  const { department } = process.content;
  await process.owner('staff_role').insert({ staff_id: people.head, role: 'approver', department_id: department });
  await published([step('approver'), step('head'), step('security')]);
  await withWorker(async () => {
    const { reservation, of } = await submitted(2);
    await signs('head', reservation);
    await become(reservation, '0/0.0 approver approved', '0/1.0 head approved', '0/2.0 security open');
    await taskWishesOf(process).returnToStep(of, 1, people.guard);
    await become(reservation, '0/0.0 approver approved', '0/1.0 head open', '0/2.0 security withdrawn');
    const version = await published([step('approver'), step('head')]);
    expect(await moves(reservation, version)).toMatchObject({ ok: true, stage: 'approval' });
    await become(reservation, '0/2.0 security withdrawn', '1/0.0 approver approved', '1/1.0 head open');
    expect((await signs('head', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(reservation, 'visit');
  });
  await process.owner('staff_role').where({ staff_id: people.head, role: 'approver' }).delete();
});

test('a task that stays keeps whom it was passed on to, and its clock begins anew', async () => {
  await published([step('approver', 'head')]);
  await withWorker(async () => {
    const { reservation, of } = await submitted(2);
    const colleague = await someStaff(process.owner, '同事');
    await signs('head', reservation);
    await become(reservation, '0/0.0 approver open', '0/0.1 head approved');
    await taskWishesOf(process).passOn(of, [colleague]);
    await until(
      () =>
        process
          .db('task')
          .where({ reservation_id: reservation, people: [colleague] })
          .first(),
      'moved',
    );
    const [task] = await tasksOf(reservation);
    const version = await published([{ ...step('approver'), within: 60, late: 'lapse' }]);
    expect(await moves(reservation, version)).toMatchObject({ ok: true });
    await become(reservation, '0/0.1 head withdrawn', '1/0.0 approver open');
    const moved = (await tasksOf(reservation)).at(-1);
    expect(moved).toMatchObject({ id: task.id, people: [colleague], rung: 0 });
    expect(moved.opened_at > task.opened_at).toBe(true);
    expect(moved.decide_by.getTime()).toBe(moved.opened_at.getTime() + 3_600_000);
    expect((await process.row(reservation)).stage_until).toEqual(moved.decide_by);
    const answer = await process.decide(reservation, 'approved', '', colleague);
    expect(answer.answer).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(reservation, 'visit');
  });
});

test('where every signature of the new version is there, the visit is approved', async () => {
  await published([step('approver'), step('head')]);
  await withWorker(async () => {
    const { reservation, submission } = await submitted(2);
    await signs('approver', reservation);
    await become(reservation, '0/0.0 approver approved', '0/1.0 head open');
    const version = await published([step('approver')]);
    expect(await moves(reservation, version)).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(reservation, 'visit');
    expect(await isProved(submission)).toBe(true);
    // A signature that stays is the signer's own, and can be taken back.
    const { id: task, decision_id: decision } = (await tasksOf(reservation)).at(-1);
    expect(await tasks(reservation)).toEqual(['0/1.0 head withdrawn', '1/0.0 approver approved']);
    expect(decision).not.toBeNull();
    expect(task).toBe((await process.db('required_now').where({ submission_id: submission }).first()).task_id);
  });
});

test('what is signed with it in a later step is asked again where it is taken back before', async () => {
  const { department } = process.content;
  await published([step('approver', 'head')]);
  await process.owner('staff_role').insert({ staff_id: people.approver, role: 'security', department_id: null });
  await withWorker(async () => {
    const { reservation, of, submission } = await submitted(2);
    await signs('approver', reservation);
    await become(reservation, '0/0.0 approver approved', '0/0.1 head open');
    const version = await published([step('approver', 'head'), step('security')]);
    expect(await moves(reservation, version)).toMatchObject({ ok: true });
    await become(reservation, '1/0.0 approver approved', '1/0.1 head open');
    expect((await taskWishesOf(process).withdrawDecision(of, '看错了')).answer).toMatchObject({ ok: true });
    await signs('head', reservation);
    await become(reservation, '1/0.0 approver open', '1/0.1 head approved');
    const colleague = await someStaff(process.owner, '同事', ['approver', department]);
    await process.decide(reservation, 'approved', '', colleague);
    await become(reservation, '1/0.0 approver approved', '1/0.1 head approved', '1/1.0 security open');
    expect(await isProved(submission)).toBe(false);
  });
  await process.owner('staff_role').where({ staff_id: people.approver, role: 'security' }).delete();
});

describe('signers who were added', () => {
  const own = () => taskWishesOf(process);
  const signedNow = (submission: string) =>
    process
      .db('signature_now')
      .where({ submission_id: submission })
      .orderBy(['step', 'ordinal'])
      .select('step', 'ordinal');

  test('stay beside the seat that they were added to, what they have signed as well, and go back with it', async () => {
    const reception = await someStaff(process.owner, '前台', ['reception', null]);
    const former = await published([step('approver'), step('head')]);
    await withWorker(async () => {
      const { reservation, submission, of } = await submitted(2);
      await own().addSigner(of, 'before', reception);
      await process.decide(reservation, 'approved', '', reception);
      await become(reservation, '0/0.0 approver open', '0/0.1 approver approved');
      const added = await own().addSigner(of, 'after', people.guard);
      const next = await published([step('head'), step('approver')]);
      expect(await moves(reservation, next)).toMatchObject({ ok: true, stage: 'approval' });
      const first = ['0/0.0 approver withdrawn'];
      await become(reservation, ...first, '1/0.0 head open', '1/1.1 approver withdrawn');
      expect(await moves(reservation, former)).toMatchObject({ ok: true, stage: 'approval' });
      const second = [...first, '1/0.0 head withdrawn'];
      await become(reservation, ...second, '2/0.0 approver open', '2/0.1 approver approved');
      await signs('approver', reservation);
      const third = [...second, '2/0.0 approver approved', '2/0.1 approver approved'];
      await become(reservation, ...third, '2/0.2 approver open');

      expect(await moves(reservation, next)).toMatchObject({ ok: true, stage: 'approval' });
      const waits = ['3/1.1 approver withdrawn', '3/1.2 approver withdrawn'];
      second.push('2/0.0 approver withdrawn');
      await become(reservation, ...second, '3/0.0 head open', ...waits);
      await signs('head', reservation);
      const signed = ['3/0.0 head approved', '3/1.0 approver approved', '3/1.1 approver approved'];
      await become(reservation, ...second, ...signed, '3/1.2 approver open');
      expect((await tasksOf(reservation)).at(-1).id).toBe(added.signer);
      // Sent back from there, what was added and signed stands, and the others are asked anew.
      await own().returnToStep(of, 0, people.guard);
      const left = ['3/1.0 approver withdrawn', '3/1.1 approver approved', '3/1.2 approver withdrawn'];
      await become(reservation, ...second, '3/0.0 head open', ...left);
      await signs('head', reservation);
      await become(reservation, ...second, '3/0.0 head approved', '3/1.0 approver open', ...left.slice(1));
      await signs('approver', reservation);
      await become(reservation, ...second, ...signed, '3/1.2 approver open');
      expect(await isProved(submission), 'the added signature is missing').toBe(false);
      expect((await signs('guard', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
      await process.reaches(reservation, 'visit');
      expect(await isProved(submission)).toBe(true);
    });
  });

  test.each(['before', 'after'] as const)(
    'are asked %s a signature of the step that waits, where theirs is no more',
    async (place) => {
      await published([step('approver'), step('head')]);
      await withWorker(async () => {
        const { reservation, submission, of } = await submitted(2);
        const { task, signer } = await own().addSigner(of, place, people.guard);
        const version = await published([step('head')]);
        expect(await moves(reservation, version)).toMatchObject({ ok: true, stage: 'approval' });
        const gone = '0/0.0 approver withdrawn';
        if (place === 'before') {
          await become(reservation, gone, '1/0.0 head withdrawn', '1/0.1 approver open');
          const { id: head } = (await tasksOf(reservation))[1];
          const read = await findTaskFor(process.db, process.cipher, people.head, head);
          expect(read, 'who waits sees for whom').toMatchObject({ waitsForSigner: true });
          await signs('guard', reservation);
          await become(reservation, gone, '1/0.0 head open', '1/0.1 approver approved');
          expect(await isProved(submission)).toBe(false);
          expect((await signs('head', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
        } else {
          await become(reservation, gone, '1/0.0 head open');
          expect((await signs('head', reservation)).answer).toMatchObject({ ok: true, stage: 'approval' });
          await become(reservation, gone, '1/0.0 head approved', '1/0.1 approver open');
          expect(await isProved(submission), 'everybody but who was added').toBe(false);
          // Taken out again at the task where they stand now.
          const [, { id: head }] = await tasksOf(reservation);
          expect(await addedSigners(process.db, head)).toMatchObject([{ task: signer, state: 'asked', place }]);
          await expect(own().removeSigner(of, { task, signer }), 'not there any more').rejects.toMatchObject({
            code: 'task_moved',
          });
          expect((await signs('guard', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
        }
        await process.reaches(reservation, 'visit');
        expect(await isProved(submission)).toBe(true);
      });
    },
  );

  test('whose signature would take the last signer of another one are left out, until the visit is moved back', async () => {
    const former = await published([step('approver'), step('security')], false);
    await withWorker(async () => {
      const { reservation, submission, of } = await submitted(2);
      await own().addSigner(of, 'before', people.head);
      await signs('head', reservation);
      await become(reservation, '0/0.0 approver open', '0/0.1 approver approved');
      expect(await moves(reservation, await published([step('head')], false))).toMatchObject({ ok: true });
      const gone = ['0/0.0 approver withdrawn', '0/0.1 approver withdrawn'];
      await become(reservation, ...gone, '1/0.0 head open');
      expect(await moves(reservation, former)).toMatchObject({ ok: true });
      const back = [gone[0] ?? '', '1/0.0 head withdrawn', '2/0.0 approver open', '2/0.1 approver approved'];
      await become(reservation, ...back);
      await signs('approver', reservation);
      await until(() => process.db('task').where({ reservation_id: reservation, status: 'open' }).first(), 'the desk');
      expect((await signs('guard', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
      await process.reaches(reservation, 'visit');
      expect(await isProved(submission)).toBe(true);
    });
  });

  test('leave a seat that nobody else could sign to those above, and only where nobody is there refuse the move', async () => {
    await published([step('approver')]);
    await withWorker(async () => {
      const { reservation, submission, of } = await submitted(2);
      // The only one of the desk, and the only one above it: each signature of a step is another person's.
      await own().addSigner(of, 'after', people.guard);
      const admin = await own().addSigner(of, 'after', people.admin);
      const version = await published([step('approver', 'security')]);
      expect(await moves(reservation, version)).toEqual({ ok: false, code: 'signers_added' });
      await become(reservation, '0/0.0 approver open');

      await own().removeSigner(of, admin);
      expect(await moves(reservation, version)).toMatchObject({ ok: true, stage: 'approval' });
      await become(reservation, '1/0.0 approver open', '1/0.1 security open');
      expect((await tasksOf(reservation))[1].people).toEqual([people.admin]);
      await expect(signs('guard', reservation)).rejects.toThrow();
      await signs('approver', reservation);
      await become(reservation, '1/0.0 approver approved', '1/0.1 security open', '1/0.2 approver open');
      await signs('guard', reservation);
      await become(reservation, '1/0.0 approver approved', '1/0.1 security open', '1/0.2 approver approved');
      expect(await isProved(submission)).toBe(false);
      expect((await signs('admin', reservation)).answer).toMatchObject({ ok: true, stage: 'pass' });
      await process.reaches(reservation, 'visit');
      expect(await isProved(submission)).toBe(true);
    });
  });

  test('who were taken out before count for nobody at their former place', async () => {
    await published([step('approver')]);
    await withWorker(async () => {
      const { reservation, submission, of } = await submitted(2);
      const colleague = await someStaff(process.owner, '同事', ['approver', process.content.department]);
      const added = await own().addSigner(of, 'after', colleague);
      await own().removeSigner(of, added);
      expect(await moves(reservation, await published([step('approver', 'security'), step('head')]))).toMatchObject({
        ok: true,
      });
      await become(reservation, '1/0.0 approver open', '1/0.1 security open');
      await signs('guard', reservation);
      await become(reservation, '1/0.0 approver open', '1/0.1 security approved');
      await signs('approver', reservation);
      await become(reservation, '1/0.0 approver approved', '1/0.1 security approved', '1/1.0 head open');
      await own().returnToStep(of, 0, people.head);
      await become(reservation, '1/0.0 approver open', '1/0.1 security open', '1/1.0 head withdrawn');
      expect(await signedNow(submission)).toEqual([]);
      await process.owner('staff').where({ id: colleague }).update({ left_at: new Date() });
    });
  });
});

test('it is refused by whoever is no admin, twice, to a foreign version, and while somebody answers', async () => {
  const former = await published([step('approver')]);
  const asked = Promise.withResolvers<void>();
  const late = Promise.withResolvers<void>();
  const version = { id: '' };
  await withWorker(
    async () => {
      const { reservation, submission, visitor, of } = await submitted(2);
      const before = await tasks(reservation);
      expect(await moves(reservation, former)).toEqual({ ok: false, code: 'same_version' });
      const other = await aPolicy(
        process.owner,
        { steps: [step('head')], once: true },
        { department: null, channel: 'personal' },
      );
      const foreign = await process
        .owner('approval_policy_version as v')
        .join('approval_policy as p', 'p.id', 'v.policy_id')
        .where({ 'p.channel': 'personal', 'v.version': other })
        .first('v.id');
      expect(await moves(reservation, foreign.id)).toEqual({ ok: false, code: 'not_its_policy' });
      const middle = await published([step('security')]);
      version.id = await published([step('head')]);
      expect(await moves(reservation, middle), 'neither the newest nor its own').toEqual({
        ok: false,
        code: 'not_its_policy',
      });
      expect(await moves(reservation, version.id, people.approver)).toEqual({ ok: false, code: 'malformed' });
      expect(await tasks(reservation)).toEqual(before);

      // While it is compiled nothing else that needs admission is looked at, and nobody decides.
      const moving = moves(reservation, version.id);
      await asked.promise;
      expect((await wishesOf(process).change(visitor, of, on(4))).answer).toEqual({
        ok: false,
        code: 'change_pending',
      });
      await expect(signs('approver', reservation)).rejects.toMatchObject({ code: 'policy_moving' });
      late.resolve();
      expect(await moving).toMatchObject({ ok: true });
      await become(reservation, '0/0.0 approver withdrawn', '1/0.0 head open');
      expect(await process.db('policy_move').where({ submission_id: submission })).toHaveLength(1);
      // An answer that is under way is waited for by nobody.
      const [task] = (await tasksOf(reservation)).slice(-1);
      const pending = { reservation_id: reservation, kind: 'transfer', actor_kind: 'staff', actor_id: people.head };
      const payload = JSON.stringify({ task: task.id });
      const next_attempt_at = new Date(Date.now() + 3_600_000);
      await process
        .owner('request')
        .insert({ id: process.anEvent(reservation).event, ...pending, payload, next_attempt_at });
      expect(await moves(reservation, former)).toEqual({ ok: false, code: 'answer_under_way' });
      await process.owner('request').where(pending).delete();
      await signs('head', reservation);
      await process.reaches(reservation, 'visit');
      expect(await isProved(submission)).toBe(true);
    },
    {
      movePolicy: async (request) => {
        if (request.version === version.id && !(await isNoAdmin(request.request))) {
          asked.resolve();
          await late.promise;
        }
        return workers.activities.movePolicy(request);
      },
    },
  );
});

const isNoAdmin = async (request: string) =>
  (await process.db('request').where({ id: request }).first('actor_id')).actor_id !== people.admin;
