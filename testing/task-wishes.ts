import { randomUUID } from 'node:crypto';
import type { AddedPlace } from '../domain/added-signer.ts';
import { checkRemoval, keepAddedSigner, nextOrdinal } from '../store/approval/added-signer.ts';
import { keepDecision } from '../store/approval/decision.ts';
import { keepReturn } from '../store/approval/returning.ts';
import { keepTransfer } from '../store/approval/transfer.ts';
import { checkWithdrawal } from '../store/approval/withdrawal.ts';
import type { ProcessUnderTest } from './process.ts';

/** What staff ask of a task beside deciding it, kept and delivered as the pages do. */

type Reserved = { reservation: string };

export function taskWishesOf(process: ProcessUnderTest) {
  const { cipher, content, ask } = process;

  return {
    /** Their newest approval. */
    async withdrawDecision({ reservation }: Reserved, reason: string, by: string = content.staff) {
      const { id: task, decision_id: decision } = await process
        .db('task as t')
        .join('decision as d', 'd.request_id', 't.decision_id')
        .where({ 't.reservation_id': reservation, 't.status': 'approved', 'd.staff_id': by })
        .orderByRaw('t.round desc, t.step')
        .first('t.id', 't.decision_id');
      return ask(
        { reservation, kind: 'withdraw_decision', payload: { task, decision }, actor: { kind: 'staff', id: by } },
        {
          keep: async (trx, request) => {
            await keepDecision(trx, cipher, {
              request,
              reservation,
              staff: by,
              verdict: 'withdrawn',
              reason,
            });
            await checkWithdrawal(trx, { request, task, decision, staff: by });
          },
        },
      );
    },
    /** 加签. @returns the task of whoever is added, beside what was answered */
    async addSigner({ reservation }: Reserved, place: AddedPlace, person: string, by: string = content.staff) {
      const { id: task } = await process.newestTask(reservation, by);
      const ordinal = await nextOrdinal(process.db, task);
      const signer = { task: randomUUID(), ordinal, department: content.department, person };
      const asked = await ask(
        { reservation, kind: 'add_signer', payload: { task, place, signer }, actor: { kind: 'staff', id: by } },
        {
          keep: async (trx, request) => {
            const verdict = 'signer_added';
            await keepDecision(trx, cipher, { request, reservation, staff: by, verdict, reason: '请一并把关' });
            await keepAddedSigner(trx, { request, task, place, signer });
          },
        },
      );
      return { ...asked, task, signer: signer.task };
    },
    async removeSigner(
      { reservation }: Reserved,
      { task, signer }: { task: string; signer: string },
      by: string = content.staff,
    ) {
      return ask(
        { reservation, kind: 'remove_signer', payload: { task, signer }, actor: { kind: 'staff', id: by } },
        {
          keep: async (trx, request) => {
            const verdict = 'signer_removed';
            await keepDecision(trx, cipher, { request, reservation, staff: by, verdict, reason: '' });
            await checkRemoval(trx, { request, task, signer });
          },
        },
      );
    },
    /** Back to an earlier step, counted from 0. */
    async returnToStep({ reservation }: Reserved, step: number, by: string = content.staff) {
      const { id: task } = await process.newestTask(reservation, by);
      return ask(
        { reservation, kind: 'return_to_step', payload: { task, step }, actor: { kind: 'staff', id: by } },
        {
          keep: async (trx, request) => {
            const verdict = 'returned_to_step';
            await keepDecision(trx, cipher, { request, reservation, staff: by, verdict, reason: '请再核对车辆' });
            await keepReturn(trx, { request, task, step });
          },
        },
      );
    },
    /** To another version of the policy, by an admin. */
    movePolicy({ reservation }: Reserved, admin: string, version: string) {
      return ask({
        reservation,
        kind: 'move_policy',
        payload: { version, batch: randomUUID() },
        actor: { kind: 'staff', id: admin },
      });
    },
    /** Passed on to people of the same department. */
    async passOn(
      { reservation }: Reserved,
      people: string[],
      by: { kind: 'transfer' | 'decline'; staff: string } = { kind: 'transfer', staff: content.staff },
    ) {
      const { id: task } = await process.newestTask(reservation);
      const to = { department: content.department, people };
      return ask(
        { reservation, kind: by.kind, payload: { task, to }, actor: { kind: 'staff', id: by.staff } },
        {
          keep: async (trx, request) => {
            const verdict = by.kind === 'transfer' ? 'transferred' : 'declined';
            await keepDecision(trx, cipher, { request, reservation, staff: by.staff, verdict, reason: '请代为处理' });
            await keepTransfer(trx, { request, task, to });
          },
        },
      );
    },
  };
}
