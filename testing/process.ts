import { createHash, randomInt, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { startWorker } from '../activities/start.ts';
import { freePort } from '../bin/embedded/ports.ts';
import { createDelivery } from '../delivery/deliver.ts';
import type { Answer, RequestPayloads, VisitorReady } from '../domain/request.ts';
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
import {
  type Durations,
  entered,
  type GateEvent,
  type ReservationResult,
  reservationWorkflowId,
} from '../workflows/messages/reservation.ts';
import { aCampus } from './campus.ts';
import { testKeys } from './keys.ts';
import { type TestPartners, testPartners } from './partners.ts';
import { aSubmittedPerson, aSubmittedVisit } from './submitted.ts';
import { type Ground, sharedGround } from './system/ground.ts';
import { until } from './until.ts';

/**
 * The process alone, on a real engine, real PostgreSQL and the sandbox: what pages and gates would do is done here
 * with the same store functions and messages.
 */
export type ProcessUnderTest = Awaited<ReturnType<typeof startProcess>>;
export interface TestVisitor {
  id: string;
  phone: string;
  openid: string | undefined;
  profile: SubmittedPerson;
  ready: VisitorReady;
}

const patient: Durations = { draftTtl: 600_000, settleFor: 600_000 };

export async function startProcess(on?: Ground) {
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
    createDelivery({ db, client, durations: { ...patient, ...durations }, log });

  let worker: { stop(): Promise<void> } | undefined;
  const parts = {
    async startWorker() {
      worker ??= await startWorker(settings);
    },
    async stopWorker() {
      await worker?.stop();
      worker = undefined;
    },
  };

  /** A visitor as `web` would have left one: proved phone, agreed notice, complete person. */
  async function aVisitor(
    options: { agreed?: boolean; wechat?: boolean; person?: Partial<SubmittedPerson> } = {},
  ): Promise<TestVisitor> {
    const id = randomUUID();
    const phone = options.person?.phone ?? `139${String(randomInt(1e8)).padStart(8, '0')}`;
    const openid = options.wechat ? (await partners.person()).openid : undefined;
    const seal = (table: string, row: string) => (column: string, text: string) =>
      cipher.seal({ table, column, row }, text);
    const mine = seal('visitor', id);
    await owner('visitor').insert({
      id,
      phone_enc: mine('phone_enc', phone),
      phone_hash: index('phone', phone),
      ...(openid && { openid_enc: mine('openid_enc', openid), openid_hash: index('openid', openid) }),
    });
    const [person, consent] = [randomUUID(), randomUUID()];
    const profile = aSubmittedPerson({
      person,
      visitor: id,
      consent,
      sex: 'female',
      phone,

      documentType: 'resident_id',
      document: '110199200001019010',
      ...options.person,
    });
    if (options.agreed ?? true) await agree(owner, { visitor: id, consent, notice: content.notice });
    if (options.agreed ?? true) await insertPerson(owner, seal('person', person), index, id, profile);
    return { id, phone, openid, profile, ready: { person, personVersion: 1, consent } };
  }

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
          host: visit.host ?? null,
          note: visit.note ?? null,
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

  /** The one that waits, where one does. */
  const newestTask = (reservation: string): Promise<{ id: string }> =>
    until(
      () => db('task').where({ reservation_id: reservation }).orderByRaw(`status = 'open' desc, round desc`).first(),
      'a task',
    );

  async function decide(reservation: string, verdict: 'approved' | 'rejected', reason = '') {
    const task = await newestTask(reservation);
    return ask(
      {
        reservation,
        kind: 'decide',
        payload: { task: task.id, verdict },
        actor: { kind: 'staff', id: content.staff },
      },
      {
        keep: (trx, request) =>
          keepDecision(trx, cipher, { request, reservation, staff: content.staff, verdict, reason }),
      },
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

async function sayForwarded(owner: Knex, moment: Date): Promise<void> {
  const gates = await owner('gate').pluck('id');
  await owner('gate_contact')
    .insert(gates.map((gate) => ({ gate_id: gate, seen_at: new Date(), forwarded_through: moment })))
    .onConflict('gate_id')
    .merge();
}

async function seedContent(owner: Knex, gates: Parameters<typeof aCampus>[1]) {
  const campus = await aCampus(owner, gates);
  const [department, reason, notice, staff] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await owner('department').insert({ id: department, campus_id: campus.id, name_zh: '信息学院', name_en: 'IT' });
  await owner('reason').insert({ id: reason, name_zh: '业务往来', name_en: 'Business', position: 1 });
  await owner('notice').insert({
    id: notice,
    kind: 'filling',
    version: 1,
    title_zh: '须知',
    title_en: 'Notice',
    body_zh: '…',
    body_en: '…',
    text_hash: createHash('sha256').update('…').digest(),
  });
  await owner('staff').insert({ id: staff, username: 'approver', password_hash: '-', name: '王老师' });
  await owner('staff_department').insert({ staff_id: staff, department_id: department });
  return { campus: campus.id, department, reason, notice, staff };
}

async function agree(owner: Knex, { visitor, consent, notice }: { visitor: string; consent: string; notice: string }) {
  const { text_hash } = await owner('notice').where({ id: notice }).first('text_hash');
  await owner('consent').insert({
    id: consent,
    visitor_id: visitor,
    notice_id: notice,
    purpose: 'personal_information',
    text_hash,
    channel: 'browser',
  });
}

async function insertPerson(
  owner: Knex,
  seal: (column: string, text: string) => Buffer,
  index: ReturnType<typeof createBlindIndex>,
  visitor: string,
  profile: SubmittedPerson,
) {
  await owner('person').insert({
    id: profile.person,
    visitor_id: visitor,
    name_enc: seal('name_enc', profile.name),
    sex: profile.sex,
    phone_enc: seal('phone_enc', profile.phone ?? ''),
    document_type: profile.documentType,
    document_enc: seal('document_enc', profile.document),
    document_hash: index('document', profile.document),
    document_tail_hash: index('document_tail', profile.document.slice(-6)),
  });
}
