import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedDemo } from '../../bin/seed.ts';
import { createBlindIndex, createFieldCipher } from '../../platform/crypto.ts';
import { aDeclaredCompanion } from '../../testing/companions.ts';
import { testKeys } from '../../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { aWaitingTask, comesAlong, type House } from '../../testing/reservations.ts';
import { aSubmittedPerson } from '../../testing/submitted.ts';
import { purge } from '../own-data/retention.ts';
import {
  type Asked,
  answerDataRequest,
  answerDays,
  askOffice,
  deleteByPhone,
  openDataRequests,
  type Verdict,
} from './data-request.ts';
import { placesOf } from './kept.ts';
import { heldUnder } from './shown.ts';

/** A grandmother whom others brought along, and who has no account. */

let database: TestDatabase;
let house: House;
let staff: string;
beforeAll(async () => {
  const [fresh, keys] = await Promise.all([freshDatabase(), testKeys(['south', 'east'])]);
  database = fresh;
  house = { db: fresh.db, cipher: createFieldCipher(keys.web.field), index: createBlindIndex(keys.web.index) };
  await seedDemo(fresh.owner, keys.folders);
  staff = (await fresh.db('staff').where({ username: 'admin' }).first()).id;
});
afterAll(() => database?.drop());

let people = 0;
let visit: Awaited<ReturnType<typeof aWaitingTask>>;
let her: { name: string; phone: string; document: string };
beforeEach(async () => {
  people += 1;
  const n = String(people).padStart(4, '0');
  her = { name: '端木奶奶', phone: `1373000${n}`, document: `E6000${n}` };
  const lead = { name: '端木带队', phone: `1374000${n}`, document: `E5000${n}`, plate: null };
  visit = await aWaitingTask(house, { who: lead });
});
const inBook = (of: { name?: string; phone?: string } = {}) =>
  aDeclaredCompanion(house, visit.visitor, { name: her.name, ...of, declared: { document: her.document } });
const row = (table: string, id: string) => database.owner(table).where({ id }).first();
const asked = (wish: Partial<Asked> = {}): Asked => ({
  kind: 'deletion',
  phone: null,
  name: her.name,
  document: her.document,
  text: null,
  ...wish,
});
const answer = (id: string, verdict: Verdict) =>
  database.db.transaction((trx) => answerDataRequest(trx, house, { id, staff, verdict, note: '核对了护照原件' }));

describe('a document number', () => {
  it('deletes nothing before the office has seen the document, and then whatever name stands beside it', async () => {
    const companion = await inBook({ name: '端木姥姥' });
    const { id, dueAt } = await askOffice(database.db, house, asked());
    expect(Math.round((dueAt.getTime() - Date.now()) / 86_400_000)).toBe(answerDays);
    expect((await row('companion', companion)).name_enc).not.toBeNull();
    expect(await openDataRequests(database.db, house, id)).toMatchObject([
      { name: her.name, held: { books: 1, visits: 0, guardians: 0 }, sameName: false, overdue: false },
    ]);
    await answer(id, 'removed');
    expect(await row('companion', companion)).toMatchObject({ name_enc: null, document_hash: null });
    expect(await placesOf(database.db, { request: id })).toEqual([
      { place: 'book', count: 1, keptFor: null, keptUntil: null },
    ]);
  });

  it('of a request is forgotten with the answer, which is given once', async () => {
    const companion = await inBook();
    const { id } = await askOffice(database.db, house, asked({ text: '我没有同意' }));
    await answer(id, 'refused');
    const closed = await row('data_request', id);
    expect(closed).toMatchObject({ status: 'refused', staff_id: staff, closed_at: expect.any(Date) });
    const said = ['name_enc', 'document_enc', 'text_enc', 'document_hash', 'phone_enc', 'phone_hash'];
    expect(said.filter((column) => closed[column] !== null)).toEqual([]);
    expect((await row('companion', companion)).name_enc).not.toBeNull();
    await expect(answer(id, 'removed')).rejects.toMatchObject({ code: 'data_request_closed', status: 409 });
    expect((await row('companion', companion)).name_enc).not.toBeNull();
  });

  it('that nobody holds is asked about like any other', async () => {
    const { id } = await askOffice(database.db, house, asked({ document: 'E99999999' }));
    expect(await openDataRequests(database.db, house, id)).toMatchObject([
      { held: { books: 0, visits: 0 }, sameName: true },
    ]);
    await answer(id, 'answered');
  });
});

describe('a proved number', () => {
  it('shows what is held masked, and never whose book or visit it is', async () => {
    const companion = await inBook({ phone: her.phone });
    const { consent_id: consent } = await row('companion', companion);
    const frozen = { ordinal: 1, person: null, personVersion: null, visitor: null, consent, companion };
    await comesAlong(house, visit, aSubmittedPerson({ ...frozen, ...her }));
    const held = await heldUnder(database.db, house, her.phone);
    expect(held).toMatchObject([
      { place: 'book', openUntil: null },
      { place: 'visit', openUntil: expect.any(Date) },
    ]);
    const text = JSON.stringify(held);
    for (const told of [her.name, her.phone, her.document, '端木带队', visit.visitor, visit.reservation])
      expect(text).not.toContain(told);
    expect(await heldUnder(database.db, house, '13799999999')).toEqual([]);
  });

  it('deletes at once, and says what a running visit keeps', async () => {
    const companion = await inBook({ phone: her.phone });
    const { consent_id: consent } = await row('companion', companion);
    const frozen = { ordinal: 1, person: null, personVersion: null, visitor: null, consent, companion };
    await comesAlong(house, visit, aSubmittedPerson({ ...frozen, ...her }));
    const id = await database.db.transaction((trx) => deleteByPhone(trx, house, her.phone));
    expect((await row('companion', companion)).name_enc).toBeNull();
    expect(await placesOf(database.db, { request: id })).toMatchObject([
      { place: 'book', keptFor: null },
      { place: 'visit', keptFor: 'open_visit', keptUntil: expect.any(String) },
    ]);
    expect(await row('data_request', id)).toMatchObject({ status: 'done', proof: 'phone', phone_enc: null });
    const closed = { stage: 'closed', outcome: 'completed', closed_at: new Date() };
    await database.owner('reservation').where({ id: visit.reservation }).update(closed);
    await purge(database.db, 'left_of_erased_accounts');
    const left = await database.db('reservation_person').where({ companion_id: companion }).first();
    expect(left).toMatchObject({ name_enc: null, document_hash: null });
    expect(await heldUnder(database.db, house, her.phone)).toEqual([]);
  });
});

it('the same request by a second tap is one, by two at once too; another wish is another', async () => {
  const ask = (wish: Partial<Asked> = {}) => database.db.transaction((trx) => askOffice(trx, house, asked(wish)));
  const [first, second] = await Promise.all([ask(), ask()]);
  expect(second).toEqual(first);
  const others = [await ask({ kind: 'copy' }), await ask({ text: '别的' }), await ask({ phone: her.phone })];
  expect(new Set([first?.id, ...others.map(({ id }) => id)]).size).toBe(4);
});

it('how a request was answered is kept for three years; one that waits stays', async () => {
  const [old, young, waiting] = [
    await askOffice(database.db, house, asked({ kind: 'copy' })),
    await askOffice(database.db, house, asked({ kind: 'correction' })),
    await askOffice(database.db, house, asked()),
  ];
  await answer(old.id, 'removed');
  await answer(young.id, 'refused');
  const years = database.owner.raw(`now() - interval '1097 days'`);
  await database.owner('data_request').where({ id: old.id }).update({ closed_at: years });
  await database
    .owner('data_request')
    .where({ id: young.id })
    .update({ closed_at: database.owner.raw(`now() - interval '1094 days'`) });
  await purge(database.db, 'audit_records');
  const left = await database.db('data_request').whereIn('id', [old.id, young.id, waiting.id]).pluck('id');
  expect(left.toSorted()).toEqual([young.id, waiting.id].toSorted());
});
