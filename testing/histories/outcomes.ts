import { randomUUID } from 'node:crypto';
import { messageFailed } from '../../workflows/messages/reservation.ts';
import type { ProcessUnderTest } from '../process.ts';
import type { TestVisitor } from '../process-visitor.ts';
import { approve, atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/** Visits by how they ended. */

async function firstVisit(process: ProcessUnderTest, visitor: TestVisitor): Promise<void> {
  const reservation = randomUUID();
  const actor = { kind: 'visitor', id: visitor.id } as const;
  await process.db('reservation').insert({ id: reservation, visitor_id: visitor.id, stage: 'registration' });
  await process.ask({ reservation, kind: 'start', payload: {}, actor });
  await atRest(process, reservation);
  await process.ask({ reservation, kind: 'ready', payload: { ready: visitor.ready }, actor });
  await atRest(process, reservation);
}

export const endedVisits: Scenario[] = [
  {
    name: 'returning-visitor',
    async play(process) {
      const { reservation } = await process.submit(await process.aVisitor({ wechat: true }), { until: soon(6_000) });
      await approve(process, reservation);
      return enterAndEnd(process, reservation);
    },
  },
  {
    name: 'first-visit',
    async play(process) {
      const visitor = await process.aVisitor();
      await firstVisit(process, visitor);
      const { reservation } = await process.submit(visitor, { until: soon(6_000) });
      await approve(process, reservation);
      return enterAndEnd(process, reservation);
    },
  },
  {
    name: 'corrected-then-rejected',
    async play(process) {
      const visitor = await process.aVisitor();
      await process.submit(visitor, { from: new Date(1e12), until: new Date(1e12 + 1) });
      const { reservation } = await process.submit(visitor, { until: soon(60_000) });
      await process.decide(reservation, 'rejected', '不便接待');
      await process.result(reservation);
      return process.handle(reservation).workflowId;
    },
  },
  {
    name: 'undecided',
    async play(process) {
      const { reservation } = await process.submit(await process.aVisitor(), { until: soon(1_500) });
      await process.result(reservation);
      return process.handle(reservation).workflowId;
    },
  },
  {
    name: 'cancelled',
    async play(process) {
      const visitor = await process.aVisitor();
      const { reservation } = await process.submit(visitor, { until: soon(60_000) });
      await approve(process, reservation);
      await process.ask({ reservation, kind: 'cancel', payload: {}, actor: { kind: 'visitor', id: visitor.id } });
      await process.result(reservation);
      return process.handle(reservation).workflowId;
    },
  },
  {
    name: 'lapsed-draft',
    async play(process) {
      const visitor = await process.aVisitor({ agreed: false });
      const reservation = randomUUID();
      const actor = { kind: 'visitor', id: visitor.id } as const;
      await process.db('reservation').insert({ id: reservation, visitor_id: visitor.id, stage: 'registration' });
      await process.ask({ reservation, kind: 'start', payload: {}, actor }, { durations: { draftTtl: 300 } });
      await process.result(reservation);
      return process.handle(reservation).workflowId;
    },
  },
  {
    name: 'silent-gates-and-a-failed-message',
    async play(process) {
      const visitor = await process.aVisitor({ wechat: true });
      await process.owner('gate_contact').delete();
      const { reservation } = await process.submit(visitor, { until: soon(5_000), durations: { settleFor: 1_500 } });
      await approve(process, reservation);
      const message = await process.db('message').where({ reservation_id: reservation }).first('id');
      await process.handle(reservation).signal(messageFailed, { event: randomUUID(), message: message.id });
      const pass = await process.db('pass').where({ reservation_id: reservation }).first('id');
      const actor = { kind: 'visitor', id: visitor.id } as const;
      await process.ask({ reservation, kind: 'resend_code', payload: { pass: pass.id }, actor });
      await process.result(reservation);
      await process.forwarded();
      return process.handle(reservation).workflowId;
    },
  },
];
