import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { startWorker } from '../activities/start.ts';
import { freePort } from '../bin/embedded/ports.ts';
import { createDelivery } from '../delivery/deliver.ts';
import type { Answer, RequestPayloads } from '../domain/request.ts';
import { createCodec } from '../platform/codec.ts';
import { readSettings, type WorkerSettings, workerSchema } from '../platform/config.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { openDatabase } from '../platform/db.ts';
import { createLog } from '../platform/log.ts';
import { connectClient } from '../platform/temporal.ts';
import { keepDecision } from '../store/approval/decision.ts';
import { keepRequest, type NewRequest } from '../store/reservations/request.ts';
import { openDraft } from '../store/reservations/reservation.ts';
import { type AwaitedPerson, type SubmittedPerson, writeSubmission } from '../store/reservations/submission.ts';
import type { RenewAfter } from '../workflows/messages/carried.ts';
import {
  type Durations,
  entered,
  type GateEvent,
  type ReservationResult,
  reservationWorkflowId,
} from '../workflows/messages/reservation.ts';
import { testKeys } from './keys.ts';
import { type TestPartners, testPartners } from './partners.ts';
import { sayForwarded, seedContent } from './process-content.ts';
import { type TestVisitor, visitorsOf } from './process-visitor.ts';
import { answersOf, aSubmittedVisit } from './submitted.ts';
import { type Ground, sharedGround } from './system/ground.ts';
import { until } from './until.ts';

/**
 * The process alone, on a real engine, real PostgreSQL and the sandbox: what pages and gates would do is done here
 * with the same store functions and messages.
 */
export type ProcessUnderTest = Awaited<ReturnType<typeof startProcess>>;
const patient: Durations = { draftTtl: 600_000, settleFor: 600_000 };

export async function startProcess(on?: Ground, { renewAfter }: { renewAfter?: RenewAfter } = {}) {
  const [ground, keys, partners] = await Promise.all([on ?? sharedGround(), testKeys(), testPartners()]);
  const { temporal } = ground;
  const db = openDatabase({ DATABASE_URL: ground.url, DATABASE_POOL: 10 });
  const owner = openDatabase({ DATABASE_URL: ground.ownerUrl, DATABASE_POOL: 2 });
  const settings: WorkerSettings = readSettings(workerSchema, {
    ...partners.env,
    XIAOMEN_MODE: 'demo',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
    KEYS_DIR: keys.folders.worker,
    OPS_PORT: String(await freePort()),
    DATABASE_URL: ground.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    PUBLIC_URL: 'http://127.0.0.1:9',
    ...(ground.bundles ? { WORKFLOW_BUNDLES: ground.bundles } : {}),
  });
  const cipher = createFieldCipher(keys.web.field);
  const index = createBlindIndex(keys.web.index);
  const codec = createCodec(keys.web.codec);
  const { client, close } = connectClient(settings, codec);
  const log = createLog('test', settings.LOG_LEVEL);
  const content = await seedContent(owner, keys.folders.gates);
  const deliveryWith = (durations: Partial<Durations>) =>
    createDelivery({ db, client, durations: { ...patient, ...durations }, ...(renewAfter && { renewAfter }), log });

  let worker: { stop(): Promise<void> } | undefined;
  const parts = {
    async startWorker(pace: Parameters<typeof startWorker>[1] = {}) {
      worker ??= await startWorker(settings, pace);
    },
    async stopWorker() {
      await worker?.stop();
      worker = undefined;
    },
  };

  const aVisitor = visitorsOf({ owner, cipher, index, partners, notice: content.notice });

  /** A request by a visitor, kept and delivered like a page does. */
  async function ask<K extends NewRequest['kind']>(
    request: {
      reservation: string;
      kind: K;
      payload: RequestPayloads[K];
      actor: { kind: 'visitor' | 'staff'; id: string };
    },
    options: {
      durations?: Partial<Durations>;
      waitMs?: number;
      keep?: (trx: Knex, id: string) => Promise<unknown>;
    } = {},
  ): Promise<{ request: string; answer?: Answer }> {
    const id = randomUUID();
    await db.transaction(async (trx) => {
      await keepRequest(trx, { id, ...request } as unknown as NewRequest);
      await options.keep?.(trx, id);
    });
    const delivered = await deliveryWith(options.durations ?? {}).deliver(id, options.waitMs ?? 15_000);
    return { request: id, ...(delivered.status === 'answered' && { answer: delivered.answer }) };
  }

  interface Visit {
    from?: Date;
    until: Date;
    /** Makes it a personal visit. */
    host?: string;
    note?: string;
    durations?: Partial<Durations>;
    waitMs?: number;
    people?: SubmittedPerson[];
    awaited?: AwaitedPerson[];
  }

  /** A form as a page keeps it: draft, frozen people and request in one transaction. */
  async function submit(visitor: TestVisitor, visit: Visit) {
    const submission = randomUUID();
    const { id: reservation } = await db.transaction(async (trx) => {
      const draft = await openDraft(trx, visitor.id);
      await writeSubmission(
        trx,
        { cipher, index },
        aSubmittedVisit({
          id: submission,
          reservation: draft.id,
          channel: visit.host ? 'personal' : 'official',
          campus: content.campus,
          department: content.department,
          reason: content.reason,
          answers: answersOf(visit),
          from: visit.from ?? new Date(Date.now() - 1_000),
          until: visit.until,
          people: visit.people ?? [visitor.profile],
          awaited: visit.awaited ?? [],
        }),
      );
      return draft;
    });
    const asked = await ask(
      {
        reservation,
        kind: 'submit',
        payload: { submission, ready: visitor.ready },
        actor: { kind: 'visitor', id: visitor.id },
      },
      visit,
    );
    return { reservation, submission, ...asked };
  }

  /** The one that waits, where one does; of several, one that the member of staff may act on. */
  const newestTask = (reservation: string, staff: string = content.staff): Promise<{ id: string }> =>
    until(
      () =>
        db('task as t')
          .where({ reservation_id: reservation })
          .orderByRaw(
            `status = 'open' desc, exists (select from task_actor a where a.task_id = t.id and a.staff_id = ?) desc,
              round desc, step, ordinal`,
            [staff],
          )
          .first(),
      'a task',
    );

  async function decide(
    reservation: string,
    verdict: 'approved' | 'rejected',
    reason = '',
    staff: string = content.staff,
  ) {
    const task = await newestTask(reservation, staff);
    return ask(
      {
        reservation,
        kind: 'decide',
        payload: { task: task.id, verdict },
        actor: { kind: 'staff', id: staff },
      },
      { keep: (trx, request) => keepDecision(trx, cipher, { request, reservation, staff, verdict, reason }) },
    );
  }

  const anEvent = (reservation: string, change: Partial<GateEvent> = {}): GateEvent => ({
    event: randomUUID(),
    reservation,
    ordinal: 0,
    gate: 'south',
    direction: 'in',
    method: 'qr',
    at: Date.now(),
    ...change,
  });

  const handle = (reservation: string) => client.workflow.getHandle(reservationWorkflowId(reservation));

  return {
    db,
    owner,
    client,
    codec,
    cipher,
    index,
    keys,
    settings,
    ground,
    temporal,
    content,
    log,
    partners: partners as TestPartners,
    ...parts,

    aVisitor,
    ask,
    submit,
    decide,
    newestTask,
    anEvent,
    handle,
    deliveryWith,
    row: (reservation: string) => db('reservation').where({ id: reservation }).first(),
    /** Waits until the rows say so. */
    reaches: (reservation: string, stage: string) =>
      until(() => db('reservation').where({ id: reservation, stage }).first(), `stage ${stage}`),
    enter: (reservation: string, event: GateEvent = anEvent(reservation)) => handle(reservation).signal(entered, event),
    result: (reservation: string) => handle(reservation).result() as Promise<ReservationResult>,
    /** Every gate of the campus says that it has forwarded all it saw before `moment`. */
    forwarded: (moment = new Date(Date.now() + 3_600_000)) => sayForwarded(owner, moment),
    async stop() {
      await parts.stopWorker();
      await Promise.allSettled([close(), partners.stop(), db.destroy(), owner.destroy()]);
      await ground.drop();
    },
  };
}
