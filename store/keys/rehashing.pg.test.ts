import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDemo } from '../../bin/seed.ts';
import { createBlindIndex, createFieldCipher } from '../../platform/crypto.ts';
import { testKeys } from '../../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { aWaitingTask, type House } from '../../testing/reservations.ts';
import { bindStaffWechat } from '../messages/staff-contact.ts';
import { takeAttempt } from '../people/attempt.ts';
import { changePhone, createVisitor, findByPhone } from '../people/visitor.ts';
import { createStaff } from '../staff/staff.ts';
import { expiring, rehashAll, rehashed } from './rehashing.ts';

/** Two processes in the middle of a change: both know both keys, one writes by the former, one by the next. */

let database: TestDatabase;
let former: House;
let next: House;
beforeAll(async () => {
  const [fresh, keys] = await Promise.all([freshDatabase(), testKeys(['south', 'east'])]);
  database = fresh;
  const cipher = createFieldCipher(keys.web.field);
  const both = { i2: randomBytes(32), ...keys.web.index.keys };
  former = { db: fresh.db, cipher, index: createBlindIndex({ current: 'i1', keys: both }) };
  next = { db: fresh.db, cipher, index: createBlindIndex({ current: 'i2', keys: both }) };
  await seedDemo(fresh.owner, keys.folders);
});
afterAll(() => database?.drop());

it('every hash of the schema is made anew, or expires', async () => {
  const columns = await database
    .owner('information_schema.columns as c')
    .join('information_schema.tables as t', { 't.table_name': 'c.table_name', 't.table_schema': 'c.table_schema' })
    .where({ 'c.table_schema': 'public', 'c.data_type': 'bytea', 't.table_type': 'BASE TABLE' })
    .whereRaw(`c.column_name like '%\\_hash'`)
    // What a text was when somebody agreed to it, and what a signer saw: plain hashes, under no key.
    .whereNotIn('c.column_name', ['text_hash', 'seen_hash'])
    // Tokens of 256 bits, which an office keeps for longer than a key of ours, what is hashed under one of them, and codes
    // of 130 bits, which a box makes and hashes itself.
    .whereNotIn('c.table_name', ['scim_token', 'api_key', 'api_once', 'visit_invitation', 'gate_enrolment'])
    .select('c.table_name', 'c.column_name');
  const known = [
    ...Object.entries(rehashed).flatMap(([table, its]) => Object.keys(its).map((column) => `${table}.${column}`)),
    ...Object.entries(expiring).flatMap(([table, its]) => its.map((column) => `${table}.${column}`)),
  ];
  expect(known.toSorted()).toEqual(columns.map((row) => `${row.table_name}.${row.column_name}`).toSorted());
});

it('no second account is born of a phone that two processes write at once under two keys', async () => {
  const phone = '13720000001';
  const asked = { phone, language: 'zh-CN' as const };
  const first = await database.db.transaction();
  const made = await createVisitor(first, former, asked);
  const second = database.db.transaction((trx) => createVisitor(trx, next, asked));
  await new Promise((settled) => setTimeout(settled, 100));
  await first.commit();
  expect([made, await second]).toEqual([expect.any(String), undefined]);
  for (const house of [former, next]) {
    expect(await database.db.transaction((trx) => findByPhone(trx, house, phone))).toMatchObject({ id: made });
  }
  const other = (await createVisitor(database.db, former, { ...asked, phone: '13720000002' })) ?? '';
  const taken = database.db.transaction((trx) => changePhone(trx, next, { visitor: other, phone }));
  await expect(taken).rejects.toMatchObject({ code: 'phone_taken' });
});

it('tries count under both keys', async () => {
  const limits = [{ most: 2, seconds: 60 }];
  const tries = [former, next, former].map(({ index }) => ({
    kind: 'code_phone',
    key: index.hash('attempt_phone', '1'),
    limits,
  }));
  const waits = [];
  for (const one of tries) waits.push(await takeAttempt(database.db, [one]));
  expect(waits).toEqual([0, 0, expect.any(Number)]);
  expect(waits[2]).toBeGreaterThan(0);
});

it('what stands is hashed anew in small batches, frozen rows and codes of a phone too, and again changes nothing', async () => {
  const who = { name: '欧阳小满', phone: '13720000003', document: '110199200001019010', plate: null };
  const { reservation, visitor } = await aWaitingTask(former, { who });
  const code = { purpose: 'login', phone_hash: former.index('phone', who.phone), session_hash: Buffer.alloc(32, 1) };
  await database.db('phone_code').insert({ ...code, code_hash: Buffer.alloc(32, 2), expires_at: new Date() });
  const staff = await createStaff(database.db, { username: 'bound', password: 'secret-of-nobody', name: '王老师' });
  await database.db.transaction((trx) => bindStaffWechat(trx, former, staff, 'o-staff'));
  const said: string[] = [];
  const rehash = () =>
    rehashAll(database.owner, next, {
      progress: ({ table, column, seen, of, done }) => said.push(`${table}.${column} ${seen}/${of} ${done}`),
      batch: 1,
    });
  expect(await rehash()).toBe(0);
  const { owner } = database;
  const [account, submitted, hosts, codes] = await Promise.all([
    owner('visitor').where({ id: visitor }).first(),
    owner('reservation_person').where({ reservation_id: reservation }).first(),
    owner('host').pluck('name_hash'),
    owner('phone_code').pluck('phone_hash'),
  ]);
  expect(account.phone_hash).toEqual(next.index('phone', who.phone));
  expect(submitted.document_hash).toEqual(next.index('document', who.document));
  expect(submitted.document_tail_hash).toEqual(next.index('document_tail', who.document.slice(-6)));
  expect(codes).toEqual([next.index('phone', who.phone)]);
  expect(await owner('staff_contact').pluck('openid_hash')).toEqual([next.index('openid', 'o-staff')]);
  expect(hosts.length).toBeGreaterThan(1);
  expect(said.filter((line) => line.startsWith('host.name_hash')).at(-1)).toBe(
    `host.name_hash ${hosts.length}/${hosts.length} ${hosts.length}`,
  );
  said.length = 0;
  await rehash();
  expect(said.every((line) => line.endsWith(' 0'))).toBe(true);
});
