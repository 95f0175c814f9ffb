import { gateStart, gateWorkflowId, gateWorkflowType, strayEvent } from '../../workflows/messages/gate.ts';
import { reservationTaskQueue } from '../../workflows/messages/reservation.ts';
import { aCampus } from '../campus.ts';
import { until } from '../until.ts';
import { type Scenario, soon } from './scenario.ts';

/** The workflow of a gate. */

export const gateScenarios: Scenario[] = [
  {
    name: 'gate',
    async play(process) {
      const visitor = await process.aVisitor();
      const { reservation } = await process.submit(visitor, { until: soon(60_000) });
      // On a campus of its own, so that nobody else speaks of it.
      const keys = { identityKey: Buffer.alloc(32), sealingKey: Buffer.alloc(32) };
      await aCampus(process.owner, { west: keys }, { number: 2 });
      const gate = await process.client.workflow.signalWithStart(gateWorkflowType, {
        workflowId: gateWorkflowId('west'),
        taskQueue: reservationTaskQueue,
        args: [{ ...gateStart('west'), patience: 300, retryAfter: 300 }],
        signal: strayEvent,
        signalArgs: [process.anEvent(reservation)],
      });
      await gate.signal('feedGrew', { position: 1 });
      await until(() => process.db('gate_event').where({ reservation_id: reservation }).first(), 'the late event');
      await until(() => process.db('gate_acknowledgement').where({ gate_id: 'west' }).first(), 'the silence');
      return gate.workflowId;
    },
  },
];
