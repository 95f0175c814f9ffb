import { afterAll, beforeAll, expect, it } from 'vitest';
import { freeTable } from '../domain/fee.ts';
import { createFieldCipher } from '../platform/crypto.ts';
import { readWebKeys } from '../platform/keys.ts';
import { allPolicies } from '../store/approval/policy.ts';
import { actorsOf, findUnmatched, seatsOf } from '../store/approval/seats.ts';
import { allDepartments, allGates, openCampuses } from '../store/content/content.ts';
import { guideKinds, guidesOf } from '../store/content/guide.ts';
import { currentNotice, noticeKinds } from '../store/content/notice.ts';
import { saveStaffContact, staffContact } from '../store/messages/staff-contact.ts';
import { feesOf, publishFees } from '../store/payments/fee.ts';
import { verifyLogin } from '../store/staff/staff.ts';
import { testKeys } from '../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { demoLogins, demoPassword } from './seed/content.ts';
import { addDemoFees } from './seed/fees.ts';
import { addDemoMailboxes, seedDemo } from './seed.ts';

let database: TestDatabase;
let keys: Awaited<ReturnType<typeof testKeys>>;
beforeAll(async () => {
  [database, keys] = await Promise.all([freshDatabase(), testKeys()]);
  await seedDemo(database.owner, keys.folders);
});
afterAll(() => database?.drop());

it('every demo login works in demo mode and nowhere else', async () => {
  for (const { username } of demoLogins) {
    const login = { username, password: demoPassword };
    expect(await verifyLogin(database.db, login, { demo: true })).toMatchObject({ ok: true });
    expect(await verifyLogin(database.db, login, { demo: false })).toMatchObject({ ok: false });
  }
});

it('every department has somebody who approves', async () => {
  const [campus] = await openCampuses(database.db);
  const departments = (await allDepartments(database.db)).filter(
    (one) => one.campus === campus?.id && one.receives && !one.closedAt,
  );
  const covered = await database.db('attended_department').pluck('id');
  expect(departments.length).toBeGreaterThan(1);
  expect(covered.sort()).toEqual(departments.map(({ id }) => id).sort());
});

it('the ladder has a deputy, a head and a security desk, none of them an admin', async () => {
  const information = (await database.db('department').where({ name_zh: '信息科学与工程学院' }).first()).id;
  const above = await database
    .db('acting_staff as a')
    .join('staff as s', 's.id', 'a.staff_id')
    .where({ 'a.department_id': information, 'a.held': true })
    .whereIn('a.role', ['deputy', 'head', 'security'])
    .orderBy('a.role')
    .pluck('s.username');
  expect(above).toEqual(['deputy', 'head', 'security']);
});

it('mailboxes come beside the seed, are told of a task at any hour, and leave an entered address alone', async () => {
  const { db, owner } = database;
  const cipher = createFieldCipher(readWebKeys(keys.folders.web).field);
  const idOf = async (username: string) => (await db('staff').where({ username }).first('id')).id as string;
  const [head, approver] = await Promise.all([idOf('head'), idOf('approver')]);
  expect(await db('staff_contact')).toEqual([]);
  const own = { email: 'he@elsewhere.example', language: 'en', digest: true, quiet: true } as const;
  await owner.transaction((trx) => saveStaffContact(trx, cipher, head, own));
  await addDemoMailboxes(owner, keys.folders, { wecom: true });
  expect(await db('staff_contact')).toHaveLength(demoLogins.length);
  expect(await staffContact(db, cipher, head)).toMatchObject(own);
  expect(await staffContact(db, cipher, approver)).toMatchObject({
    email: 'approver@university.example',
    digest: false,
    quiet: false,
    messengers: [{ messenger: 'wecom', user: 'approver', fault: null }],
  });
  expect((await staffContact(db, cipher, head)).messengers).toEqual([]);
});

it('three shapes of approval, and for each signature a demo login who may give it', async () => {
  const policies = await allPolicies(database.db);
  expect(policies.map(({ newest }) => newest.document?.steps.map(({ need }) => need))).toEqual([[1], [2, 1], [1, 1]]);
  for (const { department, newest } of policies) {
    for (const step of department ? (newest.document?.steps ?? []) : []) {
      const visited = { department: department ?? '', host: undefined, visiting: [], hosts: [] };
      const seats = await seatsOf(database.db, step, visited);
      const actors = await Promise.all(seats.map((seat) => actorsOf(database.db, seat, visited)));
      expect(findUnmatched(actors, seats.length), 'each another person’s').toEqual([]);
      expect(seats.map((seat) => seat.department)).toEqual(seats.map(() => department));
    }
  }
});

it('every notice is published in both languages', async () => {
  for (const kind of noticeKinds) {
    const { body, title } = await currentNotice(database.db, kind);
    expect(title['zh-CN'] && title.en).toBeTruthy();
    expect(body['zh-CN'].match(/\p{Script=Han}/gu)?.length).toBeGreaterThan(150);
    expect(body.en).not.toMatch(/\p{Script=Han}/u);
  }
});

it('every campus tells in four guides, both languages, what a visitor needs', async () => {
  for (const campus of await openCampuses(database.db)) {
    const guides = await guidesOf(database.db, campus.id);
    expect(guides.map(({ kind }) => kind)).toEqual(guideKinds);
    for (const { title, body } of guides) {
      expect(title.en).not.toMatch(/\p{Script=Han}/u);
      expect(body['zh-CN'].match(/\p{Script=Han}/gu)?.length).toBeGreaterThan(250);
      expect(body.en).not.toMatch(/\p{Script=Han}/u);
      // The same text twice: as many headings, table rows and steps.
      const shape = (text: string) => text.split('\n').map((line) => line.match(/^(#+|\||-|\d+\.) ?/)?.[1] ?? '');
      expect(shape(body.en)).toEqual(shape(body['zh-CN']));
    }
  }
});

it('gates and the buildings of departments lie on the plan of their campus', async () => {
  const [campus] = await openCampuses(database.db);
  expect(campus?.plan.length).toBeGreaterThan(10);
  const [gates, departments] = await Promise.all([allGates(database.db), allDepartments(database.db)]);
  expect(gates.map(({ planPoint, coordinates, hint }) => Boolean(planPoint && coordinates && hint))).toEqual([
    true,
    true,
  ]);
  const drawn = departments.filter(({ planPoint }) => planPoint);
  expect(drawn.length).toBeGreaterThan(10);
  for (const { planPoint } of drawn) {
    const inside = campus?.plan.filter(({ kind, points }) => kind === 'building' && isWithin(points, planPoint));
    expect(inside).toHaveLength(1);
  }
});

function isWithin(points: [number, number][], point: { x: number; y: number } | null): boolean {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const between = (values: number[], value: number) => Math.min(...values) <= value && value <= Math.max(...values);
  return point !== null && between(xs, point.x) && between(ys, point.y);
}

it('a second seed changes nothing but takes the gates of the clone', async () => {
  const other = await testKeys();
  await seedDemo(database.owner, other.folders);
  expect(await database.db('university')).toHaveLength(1);
  expect(await database.db('staff')).toHaveLength(demoLogins.length);
  const south = await database.db('gate').where({ id: 'south' }).first();
  expect(south.identity_key).toEqual(other.folders.gates.south?.identityKey);
});

it('a real installation keeps its gates, even when a demo is started on its database', async () => {
  const real = await freshDatabase();
  try {
    await seedDemo(real.owner, keys.folders);
    await real.owner('staff').update({ demo: false });
    const other = await testKeys();
    await seedDemo(real.owner, other.folders);
    const south = await real.db('gate').where({ id: 'south' }).first();
    expect(south.identity_key).toEqual(keys.folders.gates.south?.identityKey);
  } finally {
    await real.drop();
  }
});

it('a vehicle costs something beside the seed, until an office says otherwise, and in no real installation', async () => {
  const { owner, db } = database;
  const campus: string = (await db('campus').first('id')).id;
  await owner('staff').where({ username: 'admin' }).update({ demo: false });
  await addDemoFees(owner);
  expect(await feesOf(db, campus)).toBeUndefined();
  await owner('staff').where({ username: 'admin' }).update({ demo: true });
  await addDemoFees(owner);
  const published = await feesOf(db, campus);
  expect(published?.table.amounts).toEqual({
    personal: { ordinary: 1_000, new_energy: 500, special: 0 },
    official: { ordinary: 0, new_energy: 0, special: 0 },
  });
  const by: string = (await db('staff').where({ username: 'admin' }).first('id')).id;
  await owner.transaction((trx) => publishFees(trx, { campus, after: 1, table: freeTable, by }));
  await addDemoFees(owner);
  expect((await feesOf(db, campus))?.table).toEqual(freeTable);
});
