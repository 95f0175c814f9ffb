import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { admit } from '../activities/admit.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { writeSubmission } from '../store/reservations/submission.ts';
import { aCampus } from './campus.ts';
import { testKeys } from './keys.ts';
import { freshDatabase, type TestDatabase } from './postgres.ts';
import { answersOf, aSubmittedPerson, aSubmittedVisit } from './submitted.ts';
import { on } from './window.ts';

export const tomorrow = on(2).from.getTime();

/** A campus, and submissions as pages leave them, for the admission to judge. Registers its own hooks. */
export function openAdmissions() {
  let database: TestDatabase;
  let sealing: Parameters<typeof writeSubmission>[1];
  let campus: string;
  const ids = { department: randomUUID(), reason: randomUUID(), notice: randomUUID() };

  beforeAll(async () => {
    const keys = await testKeys();
    sealing = { cipher: createFieldCipher(keys.web.field), index: createBlindIndex(keys.web.index) };
    database = await freshDatabase();
    const { owner } = database;
    campus = (await aCampus(owner, {})).id;
    await owner('department').insert({ id: ids.department, campus_id: campus, name_zh: '甲', name_en: 'A' });
    await owner('reason').insert({ id: ids.reason, name_zh: '乙', name_en: 'B', position: 1 });
    await publish(ids.notice, 1);
  });
  afterAll(() => database?.drop());
  beforeEach(async () => {
    await database.owner('quota_hold').delete();
    await database.owner('slot').delete();
    await database.owner('campus').where({ id: campus }).update({ daily_capacity: null, closed_at: null });
  });

  const publish = (id: string, version: number) =>
    database.owner('notice').insert({
      id,
      version,
      kind: 'filling',
      title_zh: '须',
      title_en: 'N',
      body_zh: '…',
      body_en: '…',
      text_hash: createHash('sha256').update(String(version)).digest(),
    });

  /** A visitor who agreed, with the details that are asked for. */
  async function aVisitor() {
    const [visitor, consent, person] = [randomUUID(), randomUUID(), randomUUID()];
    const { owner } = database;
    await owner('visitor').insert({ id: visitor });
    await owner('consent').insert({
      id: consent,
      visitor_id: visitor,
      notice_id: ids.notice,
      purpose: 'personal_information',

      text_hash: Buffer.alloc(32),
      channel: 'browser',
    });
    const sealed = Buffer.alloc(1);
    await owner('person').insert({
      id: person,
      visitor_id: visitor,
      name_enc: sealed,
      sex: 'male',
      phone_enc: sealed,

      document_type: 'passport',
      document_enc: sealed,
      document_hash: sealed,
      document_tail_hash: sealed,
    });
    return { visitor, consent, person };
  }

  type Window = { from?: number; hours?: number };
  type Submitted = Pick<
    Parameters<typeof aSubmittedVisit>[0],
    'id' | 'reservation' | 'kind' | 'base' | 'people' | 'answers'
  >;

  /** @param window two hours from tomorrow on, if nothing else is said */
  async function submit(what: Submitted, { from = tomorrow, hours = 2 }: Window): Promise<void> {
    const visit = aSubmittedVisit({
      ...what,
      campus,
      department: ids.department,
      reason: ids.reason,
      from: new Date(from),
      until: new Date(from + hours * 3_600_000),
    });
    await database.db.transaction((trx) => writeSubmission(trx, sealing, visit));
  }

  /**
   * A reservation with a submission, as a page leaves them.
   * @param wish `host`: the name that the visitor gave
   */
  async function anAsking(wish: Window & { by?: Awaited<ReturnType<typeof aVisitor>>; host?: string } = {}) {
    const by = wish.by ?? (await aVisitor());
    const [reservation, submission] = [randomUUID(), randomUUID()];
    await database.owner('reservation').insert({ id: reservation, visitor_id: by.visitor, stage: 'details' });
    await submit({ id: submission, reservation, people: [aSubmittedPerson(by)], answers: answersOf(wish) }, wish);
    return { reservation, submission, seq: 1 };
  }

  /** The same visit otherwise: a submission of kind `change` beside a reservation whose place is taken. */
  async function changeOf(
    { reservation, submission: base }: { reservation: string; submission: string },
    window: Window,
    persons = 1,
  ) {
    const { visitor_id: visitor } = await database.db('reservation').where({ id: reservation }).first();
    const lead = await database.db('reservation_person').where({ submission_id: base }).first();
    const person = { person: lead.person_id, visitor, consent: lead.consent_id };
    const people = Array.from({ length: persons }, (_, ordinal) => aSubmittedPerson({ ...person, ordinal }));
    const submission = randomUUID();
    await submit({ id: submission, reservation, kind: 'change', base, people }, window);
    return { reservation, submission, seq: 3, replaces: { submission: base, ordinals: [0] } };
  }
  const ask = (asking: Parameters<ReturnType<typeof admit>>[0]) =>
    admit({ ...database, cipher: sealing.cipher })(asking);
  const capacity = (persons: number) =>
    database.owner('campus').where({ id: campus }).update({ daily_capacity: persons });
  const held = async () => (await database.db('slot').orderBy('day').pluck('held')) as number[];

  return {
    get database() {
      return database;
    },
    get sealing() {
      return sealing;
    },
    get campus() {
      return campus;
    },

    ids,
    publish,
    aVisitor,
    anAsking,
    changeOf,
    ask,
    capacity,
    held,
  };
}
