import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyLogin } from '../store/staff/staff.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database?.drop());

function create(lines: string[], url = database.url): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['bin/admin-create.ts'], {
    env: { PATH: process.env.PATH, DATABASE_URL: url },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (data) => {
    said += data;
  });
  child.stderr.on('data', (data) => {
    said += data;
  });
  child.stdin.end(`${lines.join('\n')}\n`);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}

it('the first admin can log in outside demo mode, and the audit says where from', async () => {
  expect(await create(['chen.jing', '陈静', 'correct horse battery'])).toMatchObject({ code: 0 });
  const login = { username: 'chen.jing', password: 'correct horse battery' };
  const found = await verifyLogin(database.db, login, { demo: false });
  // Somebody else may have typed it: it is theirs once they have changed it.
  expect(found).toMatchObject({ ok: true, staff: { name: '陈静', isAdmin: true, mustChangePassword: true } });
  expect(await database.db('audit').select('action', 'actor_kind')).toEqual([
    { action: 'staff_created', actor_kind: 'system' },
  ]);
});

it.each([
  ['a short password', ['second', 'B', 'short'], /at least 12 characters/],
  ['a common password', ['second', 'B', 'password2026!'], /tried first/],
  ['a username of capitals', ['Second', 'B', 'correct horse battery'], /username must begin with a small letter/],
  ['a missing line', ['second'], /each answer is a line/],
])('refuses %s', async (_, lines, expected) => {
  const { code, said } = await create(lines);
  expect(code).toBe(1);
  expect(said).toMatch(expected);
  expect(await database.db('staff').where({ username: 'second' })).toEqual([]);
});

it('refuses a username that is taken', async () => {
  await create(['taken', 'A', 'correct horse battery']);
  expect(await create(['taken', 'B', 'correct horse battery'])).toMatchObject({
    code: 1,
    said: expect.stringContaining('There is a staff member taken already'),
  });
});

it('says so when the database is not there', async () => {
  const { said } = await create(['second', 'B', 'correct horse battery'], 'postgres://a:b@127.0.0.1:1/none');
  expect(said).toMatch(/could not be used \(ECONNREFUSED\)/);
});
