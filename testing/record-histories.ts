import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { gateStart, gateWorkflowId, gateWorkflowType, strayEvent } from '../workflows/messages/gate.ts';
import { messageFailed, reservationTaskQueue } from '../workflows/messages/reservation.ts';
import { aCampus } from './campus.ts';
import { decodeHistory } from './history.ts';
import { type ProcessUnderTest, startProcess, type TestVisitor } from './process.ts';
import { ownGround } from './system/ground.ts';
import { until } from './until.ts';
import { awaited, wishesOf } from './wishes.ts';

/**
 * Records the histories that the replay test plays: `npm run histories`. Each is one scenario on the real engine with
 * its payloads decoded – they hold ids only – and without what tells of the machine.
 */

const folder = fileURLToPath(new URL('../workflows/histories/', import.meta.url));
const soon = (ms: number) => new Date(Date.now() + ms);

interface Scenario {
  name: string;
  /** @returns the workflow id */
  play(process: ProcessUnderTest): Promise<string>;
}

/** Until passes, message and gates are through, as in a visit of minutes rather than seconds. */
async function approve(process: ProcessUnderTest, reservation: string): Promise<void> {
  await process.decide(reservation, 'approved');
  await process.reaches(reservation, 'visit');
  await until(
    () => process.db('message').where({ reservation_id: reservation, status: 'sent' }).first(),
    'the message',
  );
  await atRest(process, reservation);
}

const atRest = (process: ProcessUnderTest, reservation: string) =>
  until(async () => {
    const { raw } = await process.handle(reservation).describe();
    return raw.pendingActivities?.length === 0 && !raw.pendingWorkflowTask;
  }, 'the workflow to rest');

async function enterAndEnd(process: ProcessUnderTest, reservation: string): Promise<string> {
  await process.enter(reservation);
  await atRest(process, reservation);
  await process.result(reservation);
  return process.handle(reservation).workflowId;
}

async function firstVisit(process: ProcessUnderTest, visitor: TestVisitor): Promise<void> {
  const reservation = randomUUID();
  const actor = { kind: 'visitor', id: visitor.id } as const;
  await process.db('reservation').insert({ id: reservation, visitor_id: visitor.id, stage: 'registration' });
  await process.ask({ reservation, kind: 'start', payload: {}, actor });
  await atRest(process, reservation);
  await process.ask({ reservation, kind: 'ready', payload: { ready: visitor.ready }, actor });
  await atRest(process, reservation);
}

const scenarios: Scenario[] = [
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
  {
    name: 'change-beside-approval',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const of = await process.submit(visitor, { from: soon(30_000), until: soon(60_000) });
      await approve(process, of.reservation);
      await wishes.change(visitor, of, { from: soon(40_000), until: soon(90_000) });
      await atRest(process, of.reservation);
      await process.decide(of.reservation, 'rejected', '不便接待');
      await atRest(process, of.reservation);
      await wishes.change(visitor, of, { from: soon(-1_000), until: soon(6_000) });
      await process.decide(of.reservation, 'approved');
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'change-before-the-decision-and-narrowing',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const of = await process.submit(visitor, { from: soon(30_000), until: soon(60_000) });
      await wishes.nudge(visitor, of);
      const end = soon(9_000);
      await wishes.change(visitor, of, { from: soon(-1_000), until: end });
      await approve(process, of.reservation);
      await wishes.change(visitor, of, { until: new Date(end.getTime() - 2_000) });
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'returned-and-submitted-again',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const of = await process.submit(visitor, { until: soon(60_000) });
      await wishes.sendBack(of, '请补充事由');
      await atRest(process, of.reservation);
      await wishes.submitAgain(visitor, of, { until: soon(6_000) });
      await approve(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'proposal-accepted',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const of = await process.submit(visitor, { from: soon(30_000), until: soon(60_000) });
      const window = { from: soon(-1_000), until: soon(7_000) };
      const { request } = await wishes.propose(of, window);
      await atRest(process, of.reservation);
      await wishes.acceptProposal(visitor, of, request, window);
      await process.reaches(of.reservation, 'visit');
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'companions-person-by-person',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const [one, two] = [await wishes.aCompanion(visitor, 1), await wishes.aCompanion(visitor, 2)];
      const people = [visitor.profile, two];
      const of = await process.submit(visitor, { until: soon(9_000), people, awaited: [awaited(one)] });
      await approve(process, of.reservation);
      await wishes.personReady(visitor, of, one);
      await atRest(process, of.reservation);
      await wishes.bindPhone(visitor, of);
      await wishes.removePerson(visitor, of, 2);
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
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

const process_ = await startProcess(await ownGround());
try {
  await process_.startWorker();
  await process_.forwarded();
  mkdirSync(folder, { recursive: true });
  for (const { name, play } of scenarios) {
    const workflowId = await play(process_);
    const history = await process_.client.workflow.getHandle(workflowId).fetchHistory();
    const recorded = await decodeHistory(JSON.parse(historyToJSON(history)), process_.codec);
    writeFileSync(`${folder}${name}.history.json`, `${JSON.stringify(recorded, null, 1)}\n`);
    console.log(`${name}: ${history.events?.length} events`);
  }
} finally {
  await process_.stop();
}
