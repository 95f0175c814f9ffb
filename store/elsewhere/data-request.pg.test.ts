import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aDeclaredCompanion, anInvitedCompanion } from '../../testing/companions.ts';
import type { TestDatabase } from '../../testing/postgres.ts';
import { aVisitor, aWaitingTask, comesAlong, type House } from '../../testing/reservations.ts';
import { seededHouse } from '../../testing/seeded-house.ts';
import { aSubmittedPerson } from '../../testing/submitted.ts';
import { currentNotice } from '../content/notice.ts';
import { purge } from '../own-data/retention.ts';
import { giveConsent } from '../people/consent.ts';
import { addGuardian } from '../people/guardian.ts';
import { askRecovery, recoveryOf } from '../people/phone-recovery.ts';
import { changePhone } from '../people/visitor.ts';
import { answerDataRequest, type Verdict } from './answer.ts';
import { type Asked, answerDays, askOffice, deleteByPhone } from './data-request.ts';
import { identityByPhone, identityOf } from './identity.ts';
import { placesOf } from './kept.ts';
import { openDataRequests } from './open-requests.ts';
import { booksWith } from './places.ts';
import { leaveOthersVisits } from './removal.ts';
import { heldUnder } from './shown.ts';

/** A grandmother whom others brought along, and who has no account. */

let database: TestDatabase;
let house: House;
let staff: string;
beforeAll(async () => {
  ({ database, house } = await seededHouse());
  staff = (await database.db('staff').where({ username: 'admin' }).first()).id;
});
afterAll(() => database?.drop());

const nothing = { places: [], numbersAlone: 0 };
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

const waiting = async (id: string) =>
  (await openDataRequests(database.db, house, { from: id })).requests.filter((request) => request.id === id);
const goesAlong = async (companion: string, of: { phone: string }) => {
  const { consent_id: consent } = await row('companion', companion);
  const frozen = { ordinal: 1, person: null, personVersion: null, visitor: null, consent, companion };
  await comesAlong(house, visit, aSubmittedPerson({ ...frozen, ...her, ...of }));
};
const erase = () => database.db.transaction((trx) => deleteByPhone(trx, house, her.phone));

describe('a document number', () => {
  it('deletes nothing before the office has seen the document, and then whatever name stands beside it', async () => {
    const companion = await inBook({ name: '端木姥姥' });
    const { id, dueAt } = await askOffice(database.db, house, asked());
    expect(Math.round((dueAt.getTime() - Date.now()) / 86_400_000)).toBe(answerDays);
    expect((await row('companion', companion)).name_enc).not.toBeNull();
    expect(await waiting(id)).toMatchObject([
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
    expect(await waiting(id)).toMatchObject([{ held: { books: 0, visits: 0 }, sameName: true }]);
    await answer(id, 'answered');
  });
});

describe('a proved number', () => {
  it('shows what is held masked, and never whose book or visit it is', async () => {
    await goesAlong(await inBook({ phone: her.phone }), her);
    const held = await heldUnder(database.db, house, her.phone);
    expect(held).toMatchObject({
      places: [
        { place: 'book', openUntil: null },
        { place: 'visit', openUntil: expect.any(Date) },
      ],
      numbersAlone: 0,
    });
    const text = JSON.stringify(held);
    for (const told of [her.name, her.phone, her.document, '端木带队', visit.visitor, visit.reservation])
      expect(text).not.toContain(told);
    expect(await heldUnder(database.db, house, '13799999999')).toEqual(nothing);
  });

  it('deletes at once, and says what a running visit keeps', async () => {
    const companion = await inBook({ phone: her.phone });
    await goesAlong(companion, her);
    const id = (await erase()) ?? '';
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
    expect(await heldUnder(database.db, house, her.phone)).toEqual(nothing);
  });

  it('deletes once, by two taps at once too: what waits is not counted again', async () => {
    await goesAlong(await inBook({ phone: her.phone }), her);
    const first = await database.db.transaction();
    const id = await deleteByPhone(first, house, her.phone);
    const second = erase();
    const isWaiting = `select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`;
    await expect.poll(async () => (await database.owner.raw(isWaiting)).rowCount).toBe(1);
    await first.commit();
    expect([await second, await erase()]).toEqual([undefined, undefined]);
    const holder = { holder_id: visit.visitor };
    expect(await database.db('held_elsewhere').where(holder).pluck('request_id')).toEqual([id, id]);
  });

  it('is taken out of a visit that has not begun by one request, by two taps at once too', async () => {
    await goesAlong(await inBook({ phone: her.phone }), her);
    const actor = { kind: 'system', id: randomUUID() } as const;
    const leave = () =>
      database.db.transaction((trx) => leaveOthersVisits(trx, house, identityByPhone(her.phone), actor));
    expect((await Promise.all([leave(), leave()])).flat()).toHaveLength(1);
    expect(await leave()).toEqual([]);
  });

  it('opens nothing of a row but its number, where that is another', async () => {
    await goesAlong(await inBook({ phone: her.phone }), her);
    const opened: string[] = [];
    const open: typeof house.cipher.open = (address, data) => {
      opened.push(address.column);
      return house.cipher.open(address, data);
    };
    const endsAlike = `139${her.phone.slice(3)}`;
    expect(await heldUnder(database.db, { ...house, cipher: { ...house.cipher, open } }, endsAlike)).toEqual(nothing);
    expect(new Set(opened)).toEqual(new Set(['phone_enc']));
  });

  it('leaves a claim of it alone: somebody whose number it was wants their account back', async () => {
    await askRecovery(house.db, house, visit.visitor, { oldPhone: her.phone, name: her.name, document: her.document });
    await erase();
    expect(await recoveryOf(house.db, visit.visitor)).toMatchObject({ status: 'open' });
  });
});

describe('a number that may have had another owner', () => {
  const long = () => new Date(Date.now() - 91 * 24 * 3600_000);
  const age = (table: string, id: string, column = 'created_at') =>
    database
      .owner(table)
      .where({ id })
      .update({ [column]: long() });

  it('shows no older entry and takes only itself out, also of what was submitted from that entry lately', async () => {
    const companion = await inBook({ phone: her.phone });
    await goesAlong(companion, her);
    await age('companion', companion);
    expect(await heldUnder(database.db, house, her.phone)).toEqual({ places: [], numbersAlone: 2 });
    const id = (await erase()) ?? '';
    expect(await row('companion', companion)).toMatchObject({ phone_hash: null, erased_at: null });
    expect((await row('companion', companion)).document_enc).not.toBeNull();
    expect(await placesOf(database.db, { request: id })).toMatchObject([
      { place: 'book_phone', keptFor: null },
      { place: 'visit_phone', keptFor: 'open_visit' },
    ]);
  });

  it('leaves an older name and an older guardian’s word to the office, which acts on all with the document seen', async () => {
    const notice = await currentNotice(house.db, 'minors');
    const child = await inBook({ name: '孩子' });
    const agreed = { visitor: visit.visitor, notice, purpose: 'guardian', channel: 'browser', subject: child } as const;
    const consent = await giveConsent(house.db, agreed);
    const guardian = await addGuardian(house.db, house, { visitor: visit.visitor, ...her, consent });
    const another = await askOffice(database.db, house, asked({ ...her, name: '别人', document: 'E60009999' }));
    expect(await waiting(another.id)).toMatchObject([{ held: { books: 0, guardians: 1 }, sameName: false }]);
    const invited = await anInvitedCompanion(house, visit.visitor, her);
    await age('companion', invited);
    await age('guardian', guardian, 'proved_at');
    expect(await heldUnder(database.db, house, her.phone)).toEqual(nothing);
    expect(await erase()).toBeUndefined();
    const correction = await askOffice(database.db, house, asked({ kind: 'correction', ...her, document: null }));
    await answer(correction.id, 'removed');
    for (const left of [await row('companion', invited), await row('guardian', guardian)])
      expect(left).toMatchObject({ phone_hash: expect.any(Buffer), erased_at: null });
    const { id } = await askOffice(database.db, house, asked({ ...her, document: 'E60009999' }));
    expect(await row('data_request', id)).toMatchObject({ proof: 'counter' });
    expect(await waiting(id)).toMatchObject([{ held: { books: 1, guardians: 1 } }]);
    await answer(id, 'removed');
    for (const gone of [await row('companion', invited), await row('guardian', guardian)])
      expect(gone).toMatchObject({ phone_hash: null, erased_at: expect.any(Date) });
  });

  it('is an account’s since that proved it: older entries go with the account unless it took the number lately', async () => {
    const phones = [her.phone, `1379${her.phone.slice(4)}`] as const;
    const had = async (phone: string) => {
      const entry = await anInvitedCompanion(house, visit.visitor, { name: her.name, phone });
      await age('companion', entry);
      const { visitor } = await aVisitor(house, { ...her, phone, document: 'E60008888', plate: null });
      await age('visitor', visitor, 'phone_since');
      return { entry, visitor };
    };
    const [kept, changed] = [await had(phones[0]), await had(phones[1])];
    await database.db.transaction((trx) => changePhone(trx, house, { visitor: changed.visitor, phone: phones[1] }));
    const found = async ({ visitor }: { visitor: string }) =>
      (await booksWith(house.db, house, await identityOf(house.db, house, visitor))).map(({ id }) => id);
    expect(await found(kept)).toEqual([kept.entry]);
    expect(await found(changed)).toEqual([]);
  });
});

it('a request is answered by what it says alone: a refusal looks nowhere else', async () => {
  const { id } = await askOffice(database.db, house, asked());
  const looked: string[] = [];
  const listen = ({ sql }: { sql: string }) => looked.push(sql);
  database.db.on('query', listen);
  await answer(id, 'refused');
  database.db.off('query', listen);
  expect(looked.filter((sql) => /"(companion|reservation_person|guardian)"/.test(sql))).toEqual([]);
  expect(looked.filter((sql) => sql.includes('data_request')).length).toBeGreaterThan(0);
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

it('twenty requests stand on a page, the one due first on top, and the rest is counted and follows', async () => {
  await database.owner('data_request').where({ status: 'open' }).delete();
  const copies: string[] = [];
  for (let more = 0; more < 43; more += 1)
    copies.push((await askOffice(house.db, house, asked({ text: `${more}` }))).id);
  const pages = [await openDataRequests(house.db, house)];
  // Answered meanwhile, it is still known where the page began.
  const [first] = pages;
  await answer(first?.next ?? '', 'refused');
  pages.push(await openDataRequests(house.db, house, { from: first?.next }));
  pages.push(await openDataRequests(house.db, house, { from: pages[1]?.next }));
  expect(pages.map(({ requests, later }) => [requests.length, later])).toEqual([
    [20, 23],
    [20, 2],
    [2, 0],
  ]);
  expect(pages.flatMap(({ requests }) => requests.map(({ id }) => id))).toEqual(copies.toSpliced(20, 1));
  expect(pages[2]?.next).toBeUndefined();
  expect((await openDataRequests(house.db, house, { from: randomUUID() })).requests[0]?.id).toBe(copies[0]);
});
