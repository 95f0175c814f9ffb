import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { createStaff, findStaff, verifyLogin } from './staff.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database?.drop());

const demo = { demo: false };

test('the right pair is somebody, every other pair nobody, whatever was typed', async () => {
  const { db } = database;
  const id = await createStaff(db, { username: 'li.si', password: 'correct horse', name: '李四' });
  expect(await verifyLogin(db, { username: 'li.si', password: 'correct horse' }, demo)).toMatchObject({ ok: true });
  expect(await verifyLogin(db, { username: 'li.si', password: 'wrong' }, demo)).toEqual({ ok: false, account: id });
  for (const username of ['li.si\0', '\0', '', "' or true --", 'x'.repeat(500), '李四']) {
    expect(await verifyLogin(db, { username, password: 'correct horse' }, demo)).toEqual({ ok: false });
  }
});

test('a demo login is nobody outside demo mode, and who left is nobody anywhere', async () => {
  const { db, owner } = database;
  const login = { username: 'demo.admin', password: 'demo-password' };
  const id = await createStaff(db, { ...login, name: '演示', isAdmin: true, demo: true });
  expect(await verifyLogin(db, login, demo)).toMatchObject({ ok: false });
  expect(await findStaff(db, id, demo)).toBeUndefined();
  expect(await verifyLogin(db, login, { demo: true })).toMatchObject({ ok: true });
  await owner('staff').where({ id }).update({ left_at: new Date() });
  expect(await verifyLogin(db, login, { demo: true })).toEqual({ ok: false });
  expect(await findStaff(db, id, { demo: true })).toBeUndefined();
});
