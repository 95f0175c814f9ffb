import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dayOf } from '../../domain/time.ts';
import { aDeclaredCompanion, anInvitedCompanion } from '../../testing/companions.ts';
import type { TestDatabase } from '../../testing/postgres.ts';
import { aVisitor, aWaitingTask, comesAlong, type House, type Somebody } from '../../testing/reservations.ts';
import { seededHouse } from '../../testing/seeded-house.ts';
import { aSubmittedPerson } from '../../testing/submitted.ts';
import { readCompanions } from '../companions/companion.ts';
import { currentNotice } from '../content/notice.ts';
import { bindStaffWechat } from '../messages/staff-contact.ts';
import { beginErasure, eraseAccount } from '../own-data/erasure.ts';
import { purge } from '../own-data/retention.ts';
import { giveConsent } from '../people/consent.ts';
import { addGuardian, giveCompanionGuardian } from '../people/guardian.ts';
import { askRecovery, recoveryOf } from '../people/phone-recovery.ts';
import { bindOpenid } from '../people/visitor.ts';
import { identityOf } from './identity.ts';
import { goneByWish, placesOf } from './kept.ts';
import { leaveOthersVisits, removeElsewhere } from './removal.ts';
import { type ListedRemoval, removeAgain } from './repeat.ts';
import { countElsewhere } from './wish.ts';

/** Somebody deletes their account: what others hold of them goes too, or stands in the proof with reason and day. */

let database: TestDatabase;
let house: House;
beforeAll(async () => {
  ({ database, house } = await seededHouse());
});
afterAll(() => database?.drop());

let people = 0;
function somebody(name = '司徒有愿'): Somebody {
  people += 1;
  const n = String(people).padStart(4, '0');
  return { name, phone: `1372000${n}`, document: `E7000${n}`, plate: null };
}
let me: Somebody;
let mine: string;
let lead: string;
let visit: Awaited<ReturnType<typeof aWaitingTask>>;
beforeEach(async () => {
  me = somebody();
  mine = (await aVisitor(house, me)).visitor;
  visit = await aWaitingTask(house, { who: somebody('另一位') });
  lead = visit.visitor;
});

const declared = (of: { name?: string; phone?: string; document: string }) =>
  aDeclaredCompanion(house, lead, {
    name: of.name ?? me.name,
    ...(of.phone && { phone: of.phone }),
    declared: { document: of.document },
  });
async function comes(companion: string, of: { phone?: string; document: string; name?: string; guardian?: string }) {
  const { consent_id: consent } = await database.db('companion').where({ id: companion }).first('consent_id');
  const person = {
    person: null,
    personVersion: null,
    visitor: null,
    consent,
    companion,
    guardian: of.guardian ?? null,
  };
  const rest = { ordinal: 1, name: of.name ?? me.name, phone: of.phone ?? null, document: of.document };
  await comesAlong(house, visit, aSubmittedPerson({ ...person, ...rest }));
  return database.db('reservation_person').where({ submission_id: visit.submission, ordinal: 1 }).first();
}
const close = () =>
  database.owner('reservation').where({ id: visit.reservation }).update({
    stage: 'closed',
    outcome: 'completed',
    closed_at: new Date(),
  });
const inBook = async () => (await readCompanions(house.db, house.cipher, { lead })).map(({ id }) => id);
const erase = () =>
  database.db.transaction(async (trx) => {
    const erasure = await beginErasure(trx, mine, { cause: 'asked' });
    await removeElsewhere(trx, house, await identityOf(trx, house, mine), { erasure });
    await eraseAccount(trx, mine);
    return erasure;
  });
const told = async (erasure: string) => {
  const places = await placesOf(database.db, { erasure });
  return { counts: countElsewhere(places), kept: places.filter(({ keptFor }) => keptFor !== null) };
};
const none = { others_books: 0, others_guardians: 0, others_visits: 0, others_claims: 0 };
const rowOf = (table: string, id: string) => database.owner(table).where({ id }).first();

describe('another visitor’s book', () => {
  it('loses the entry by number, and by document where the name agrees, and its lead is told without a name', async () => {
    const [invited, byDocument] = [
      await anInvitedCompanion(house, lead, { name: '老司', phone: me.phone }),
      await declared({ name: '司徒 有愿', document: me.document }),
    ];
    const other = await declared({ name: '别人', document: 'E90000001' });
    const erasure = await erase();
    expect(await inBook()).toEqual([other]);
    for (const id of [invited, byDocument]) {
      expect(await rowOf('companion', id)).toMatchObject({
        name_enc: null,
        phone_hash: null,
        document_enc: null,
        document_hash: null,
        erased_at: expect.any(Date),
      });
    }
    expect(await told(erasure)).toEqual({ counts: { ...none, others_books: 2 }, kept: [] });
    expect(await goneByWish(database.db, lead)).toEqual([{ place: 'book', count: 2, at: expect.any(Date) }]);
    expect(await goneByWish(database.db, mine)).toEqual([]);
  });

  it('keeps an entry with the document under another name: a typed number proves nothing', async () => {
    const id = await declared({ name: '另有其人', document: me.document });
    const erasure = await erase();
    expect(await inBook()).toEqual([id]);
    expect(await told(erasure)).toEqual({ counts: none, kept: [] });
  });

  it('keeps an entry and a visit’s person with name and document beside another number: nothing is told of them', async () => {
    const other = { phone: '13790000001', document: me.document };
    const id = await declared(other);
    const person = await comes(id, other);
    const erasure = await erase();
    expect(await inBook()).toEqual([id]);
    expect((await rowOf('reservation_person', person.id)).name_enc).not.toBeNull();
    expect(await told(erasure)).toEqual({ counts: none, kept: [] });
    expect(await database.db('held_elsewhere').where({ erasure_id: erasure })).toEqual([]);
    expect(await goneByWish(database.db, lead)).toEqual([]);
  });

  it('loses only the number where it stands beside somebody else’s document', async () => {
    const id = await declared({ name: '我的孩子', phone: me.phone, document: 'E90000002' });
    const erasure = await erase();
    expect(await rowOf('companion', id)).toMatchObject({ phone_enc: null, phone_hash: null, erased_at: null });
    expect((await rowOf('companion', id)).document_enc).not.toBeNull();
    expect((await told(erasure)).counts.others_books).toBe(1);
    expect(await goneByWish(database.db, lead)).toEqual([{ place: 'book_phone', count: 1, at: expect.any(Date) }]);
  });
});

describe('another visitor’s visit', () => {
  it('that is over loses the person at once', async () => {
    const person = await comes(await declared({ document: me.document }), { document: me.document });
    await close();
    const erasure = await erase();
    expect(await rowOf('reservation_person', person.id)).toMatchObject({
      name_enc: null,
      document_hash: null,
      erased_at: expect.any(Date),
    });
    expect((await told(erasure)).counts).toEqual({ ...none, others_books: 1, others_visits: 1 });
  });

  it('that runs keeps them with reason and day, and the purge takes them once it is over, not before', async () => {
    const person = await comes(await declared({ document: me.document }), { document: me.document });
    const erasure = await erase();
    const { visit_until: until } = await rowOf('submission', visit.submission);
    const day = dayOf(new Date(until.getTime() + 24 * 3600_000));
    expect(await told(erasure)).toEqual({
      counts: { ...none, others_books: 1 },
      kept: [{ place: 'visit', count: 1, keptFor: 'open_visit', keptUntil: day }],
    });
    await purge(database.db, 'left_of_erased_accounts');
    await database.db.raw('select erase_elsewhere(?)', [erasure]);
    expect((await rowOf('reservation_person', person.id)).name_enc).not.toBeNull();
    await close();
    await purge(database.db, 'left_of_erased_accounts');
    expect((await rowOf('reservation_person', person.id)).name_enc).toBeNull();
    expect(await database.db('held_elsewhere').where({ erasure_id: erasure, deleted_at: null })).toEqual([]);
    // The proof says what was decided then.
    expect((await told(erasure)).kept).toHaveLength(1);
  });

  it('that has not begun is asked to let go of a proved number; a document alone ends nobody’s visit', async () => {
    const typed = await declared({ document: me.document });
    await comes(typed, { document: me.document });
    const leave = async () =>
      leaveOthersVisits(database.db, house, await identityOf(database.db, house, mine), { kind: 'visitor', id: mine });
    expect(await leave()).toEqual([]);
    const named = await declared({ phone: me.phone, document: me.document });
    await database.owner('reservation_person').where({ companion_id: typed }).update({ companion_id: named });
    const requests = await leave();
    expect(await database.db('request').whereIn('id', requests)).toMatchObject([
      { kind: 'remove_person', reservation_id: visit.reservation, payload: { ordinal: 1 }, actor_id: mine },
    ]);
    // Begun, it is left to run.
    await database.db('request').whereIn('id', requests).update({ status: 'refused', answer: '{}' });
    await database
      .owner('reservation')
      .where({ id: visit.reservation })
      .update({ visit_from: new Date(0) });
    expect(await leave()).toEqual([]);
  });

  it('says that the own account goes along on it, and that a staff account has the same WeChat', async () => {
    const own = await database.db('person').where({ visitor_id: mine }).first();
    const { id: consent } = await database.db('consent').where({ visitor_id: mine }).first('id');
    const joined = await anInvitedCompanion(house, lead, { name: me.name, phone: me.phone });
    await database.db('companion').where({ id: joined }).update({ member_id: mine, joined_at: new Date() });
    const along = { ordinal: 1, person: own.id, visitor: mine, consent, companion: joined };
    await comesAlong(house, visit, aSubmittedPerson({ ...along, name: me.name, document: me.document }));
    const staff = (await database.db('staff').where({ username: 'approver' }).first()).id;
    await bindOpenid(database.db, house, mine, `o-${mine}`);
    await bindStaffWechat(database.db, house, staff, `o-${mine}`);
    expect((await told(await erase())).kept).toEqual([
      { place: 'staff', count: 1, keptFor: 'staff_account', keptUntil: null },
      { place: 'visit', count: 1, keptFor: 'open_visit', keptUntil: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
    ]);
  });
});

describe('a guardian of somebody else’s child', () => {
  const aChild = async () => {
    const child = await declared({ name: '小明', document: 'E90000003' });
    const notice = await currentNotice(house.db, 'minors');
    const agreed = { visitor: lead, notice, purpose: 'guardian', channel: 'browser', subject: child } as const;
    const consent = await giveConsent(house.db, agreed);
    const guardian = await addGuardian(house.db, house, { visitor: lead, name: me.name, phone: me.phone, consent });
    await giveCompanionGuardian(house.db, { lead, companion: child, guardian });
    return { child, guardian, consent };
  };

  it('is forgotten, the agreement ends, and the child needs another', async () => {
    const { child, guardian, consent } = await aChild();
    const erasure = await erase();
    expect(await rowOf('guardian', guardian)).toMatchObject({ name_enc: null, phone_enc: null, phone_hash: null });
    expect((await rowOf('consent', consent)).withdrawn_at).toEqual(expect.any(Date));
    expect(await rowOf('companion', child)).toMatchObject({ guardian_id: null, erased_at: null });
    expect((await told(erasure)).counts).toEqual({ ...none, others_guardians: 1 });
    expect(await goneByWish(database.db, lead)).toMatchObject([{ place: 'guardian', count: 1 }]);
  });

  it('stands while the child’s visit runs, with the day in the proof', async () => {
    const { child, guardian, consent } = await aChild();
    await comes(child, { name: '小明', document: 'E90000003', guardian });
    const erasure = await erase();
    expect((await told(erasure)).kept).toMatchObject([{ place: 'guardian', keptFor: 'open_visit' }]);
    await purge(database.db, 'left_of_erased_accounts');
    expect((await rowOf('guardian', guardian)).name_enc).not.toBeNull();
    expect(await goneByWish(database.db, lead)).toEqual([]);
    await close();
    await purge(database.db, 'left_of_erased_accounts');
    expect(await rowOf('guardian', guardian)).toMatchObject({ name_enc: null, phone_hash: null });
    expect((await rowOf('consent', consent)).withdrawn_at).toEqual(expect.any(Date));
    expect((await rowOf('companion', child)).guardian_id).toBeNull();
  });
});

it('a claim of the number that ends is closed, since there is nothing to give back', async () => {
  await askRecovery(house.db, house, lead, { oldPhone: me.phone, name: me.name, document: me.document });
  const erasure = await erase();
  expect((await told(erasure)).counts.others_claims).toBe(1);
  expect(await recoveryOf(house.db, lead)).toMatchObject({ status: 'withdrawn' });
  expect(await database.owner('phone_recovery').where({ visitor_id: lead }).first()).toMatchObject({
    old_phone_enc: null,
    document_enc: null,
  });
});

it('what a restore brought back goes again by its ids: at once, or after the visit that needs it, and once', async () => {
  const [id, alone] = [
    await declared({ document: 'E90000005' }),
    await declared({ phone: me.phone, document: 'E90000006' }),
  ];
  const person = await comes(id, { document: 'E90000005' });
  const listed = (places: ListedRemoval['places']): ListedRemoval => ({
    id: randomUUID(),
    kind: 'deletion',
    proof: 'phone',
    at: new Date(),
    places,
  });
  const one = listed([
    { place: 'book', row: id },
    { place: 'book_phone', row: alone },
    { place: 'visit', row: person.id },
    { place: 'guardian', row: randomUUID() },
  ]);
  const again = (removal = one) => database.owner.transaction((trx) => removeAgain(trx, removal));
  expect([await again(), await again()]).toEqual([true, false]);
  expect(await inBook()).toEqual([alone]);
  expect(await rowOf('companion', alone)).toMatchObject({ phone_hash: null, document_hash: expect.any(Buffer) });
  expect(await placesOf(database.db, { request: one.id })).toMatchObject([
    { place: 'book', keptFor: null },
    { place: 'book_phone', keptFor: null },
    { place: 'visit', keptFor: 'open_visit' },
  ]);
  expect(await goneByWish(database.db, lead)).toMatchObject([{ place: 'book' }, { place: 'book_phone' }]);
  expect((await rowOf('reservation_person', person.id)).name_enc).not.toBeNull();
  // The visit came back with its person, whose number had been proved, and is asked to let go again.
  expect(await database.db('request').where({ kind: 'remove_person', status: 'pending' })).toMatchObject([
    { reservation_id: person.reservation_id, actor_kind: 'system', status: 'pending' },
  ]);
  await close();
  expect(await again(listed([{ place: 'visit', row: person.id }]))).toBe(true);
  expect(await rowOf('reservation_person', person.id)).toMatchObject({ name_enc: null, document_hash: null });
  expect(await database.db('held_elsewhere').where({ row_id: person.id, deleted_at: null })).toEqual([]);
  expect(await again(listed([{ place: 'visit', row: person.id }]))).toBe(false);
});

it('the application empties no row that no wish names, nor rewrites where something was held', async () => {
  const person = await comes(await declared({ document: 'E90000004' }), { document: 'E90000004' });
  await close();
  await database.db.raw('select erase_elsewhere(?)', [randomUUID()]);
  expect((await rowOf('reservation_person', person.id)).name_enc).not.toBeNull();
  await expect(database.db('held_elsewhere').delete()).rejects.toThrow(/permission denied/);
  await expect(database.db('held_elsewhere').update({ place: 'visit' })).rejects.toThrow(/permission denied/);
});
