import type { ProcessUnderTest } from '../process.ts';
import { taskWishesOf } from '../task-wishes.ts';
import { until } from '../until.ts';
import { aColleague, signAs } from './handovers.ts';
import { approve, atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/** Visits that somebody more signs than their policy asks. */

const open = (process: ProcessUnderTest, task: string) =>
  until(() => process.db('task').where({ id: task, status: 'open' }).first(), 'their turn');

export const signerAdded: Scenario[] = [
  {
    name: 'signer-added-before-the-task',
    async play(process) {
      const colleague = await aColleague(process, '先签');
      const of = await process.submit(await process.aVisitor(), { from: soon(6_000), until: soon(12_000) });
      const { signer, task } = await taskWishesOf(process).addSigner(of, 'before', colleague);
      await open(process, signer);
      await atRest(process, of.reservation);
      await signAs(process, of.reservation, colleague);
      await open(process, task);
      await approve(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'signers-added-after-the-task-and-one-taken-out',
    async play(process) {
      const [second, third] = [await aColleague(process, '后签'), await aColleague(process, '不必签')];
      const of = await process.submit(await process.aVisitor(), { from: soon(6_000), until: soon(12_000) });
      const wishes = taskWishesOf(process);
      const { signer } = await wishes.addSigner(of, 'after', second);
      const taken = await wishes.addSigner(of, 'after', third);
      await atRest(process, of.reservation);
      await process.decide(of.reservation, 'approved');
      await open(process, signer);
      await atRest(process, of.reservation);
      await signAs(process, of.reservation, second);
      await wishes.removeSigner(of, taken);
      await process.reaches(of.reservation, 'visit');
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
];
