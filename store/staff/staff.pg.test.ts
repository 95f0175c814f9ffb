import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReads, type Reads } from '../../platform/reads.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { allDepartments, getUniversity } from '../content/content.ts';
import { forgetContent } from '../content/content-cache.ts';
import { currentNotice } from '../content/notice.ts';
import { addSession, findStaffSession, takeSessionOpenedBy, takeSessionSettledBy } from '../people/session.ts';
import { createStaff, verifyLogin } from './staff.ts';
import { giveRole, isLastAdmin } from './staff-role.ts';
import { endStaffSessions } from './staff-session.ts';

let database: TestDatabase;
let reads: Reads;
beforeAll(async () => {
  database = await freshDatabase();
  reads = openReads({ DATABASE_URL: database.url });
});
afterAll(async () => {
  await reads?.end();
  await database?.drop();
});

test('a demo login exists in demo mode only, also for a session that is open', async () => {
  const { db } = database;
  const login = { username: 'shown', password: 'everybody knows' };
  const id = await createStaff(db, { ...login, name: '演示', demo: true });
  expect(await verifyLogin(db, login, { demo: true })).toMatchObject({ ok: true, staff: { id, isAdmin: false } });
  expect(await verifyLogin(db, login, { demo: false })).toEqual({ ok: false, account: id });
  await addSession(reads, 'staff', { sid: 'open', sess: { staff: id }, expire: new Date(Date.now() + 60_000) });
  expect((await findStaffSession(reads, 'open', { demo: true }))?.staff).toMatchObject({ id });
  expect((await findStaffSession(reads, 'open', { demo: false }))?.staff).toBeUndefined();
});

test('a password is kept as argon2id and nowhere else', async () => {
  const { db, owner } = database;
  const id = await createStaff(db, { username: 'kept', password: 'correct horse', name: '保管', mayUnmask: true });
  const row = await owner('staff').where({ id }).first();
  expect(row.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(JSON.stringify(row)).not.toContain('correct horse');
  expect(await verifyLogin(db, { username: 'kept', password: 'Correct horse' }, { demo: false })).toEqual({
    ok: false,
    account: id,
  });
  expect(await verifyLogin(db, { username: 'nobody', password: 'x' }, { demo: false })).toEqual({ ok: false });
});

test('a name that is taken or malformed is refused by the database', async () => {
  const { db } = database;
  await createStaff(db, { username: 'taken', password: 'x', name: '一' });
  await expect(createStaff(db, { username: 'taken', password: 'x', name: '二' })).rejects.toThrow(/unique/);
  await expect(createStaff(db, { username: 'No Name', password: 'x', name: '三' })).rejects.toThrow(/check/);
});

test('the last admin is so among those who can sign in: by a password, or by the university where it signs in here', async () => {
  const { db, owner } = database;
  const admin = async (username: string, login: { password?: string }) => {
    const id = await createStaff(db, { username, name: '管', ...login });
    await giveRole(db, { staff: id, role: 'admin', department: null });
    return id;
  };
  const isLast = (id: string, ...issuers: string[]) =>
    db.transaction((trx) => isLastAdmin(trx, id, { demo: false, issuers }));
  const here = 'https://sso.example.edu.cn';
  const linked = await admin('linked', {});
  expect(await isLast(linked, here), 'nobody can sign in by it yet').toBe(false);
  await owner('staff_identity').insert({ issuer: `${here}/`, subject: 'linked', staff_id: linked });
  expect(await isLast(linked, 'https://elsewhere.example.edu.cn')).toBe(false);
  expect(await isLast(linked, here)).toBe(true);
  const typed = await admin('typed', { password: 'x' });
  for (const id of [linked, typed]) expect(await isLast(id, here)).toBe(false);
  expect(await isLast(typed), 'the university is not set any more').toBe(true);
});

test('content is kept for a moment, and what is missing is not kept at all', async () => {
  const { db, owner } = database;
  await expect(getUniversity(db)).rejects.toThrow(/run the seed/);
  await owner('university').insert({ name_zh: '大学', name_en: 'University', account_name: '号', logo_svg: '<svg/>' });
  expect((await getUniversity(db)).name).toEqual({ 'zh-CN': '大学', en: 'University' });
  await owner('university').update({ name_zh: '新大学' });
  expect((await getUniversity(db)).name['zh-CN']).toBe('大学');
  forgetContent(db);
  expect((await getUniversity(db)).name['zh-CN']).toBe('新大学');
  await expect(currentNotice(db, 'terms')).rejects.toThrow(/terms/);
  expect(await allDepartments(db)).toEqual([]);
});

test('sessions are looked for by index: by what opened them, and by the person who waits for the code', async () => {
  const { db, owner } = database;
  const many = (table: string, sess: string) =>
    owner.raw(`insert into ${table} (sid, sess, expire)
      select 'many ' || n, ${sess}, now() + n * interval '1 hour' from generate_series(1, 3000) n`);
  const settled = `json_build_object('by', n::text, 'until', 9999999999999)`;
  await many('visitor_session', `json_build_object('cameBy', n::text, 'settled', ${settled})`);
  await many('staff_session', `json_build_object('staff', uuidv7(), 'passed', json_build_object('staff', uuidv7()))`);
  await owner.raw('analyze visitor_session, staff_session');
  const asked: { text: string; values: unknown[] }[] = [];
  const heard: Reads = {
    rows: (text, values) => {
      asked.push({ text, values });
      return reads.rows(text, values);
    },
    end: () => reads.end(),
  };
  await takeSessionOpenedBy(heard, '7');
  await takeSessionSettledBy(heard, ['8', 'of an older key']);
  const staff = await createStaff(db, { username: 'waiting', name: '等' });
  const listen = ({ sql, bindings }: { sql: string; bindings: unknown[] }) =>
    asked.push({ text: sql, values: bindings });
  db.on('query', listen);
  await endStaffSessions(db, { staff });
  db.removeListener('query', listen);
  const plans = [];
  for (const { text, values } of asked) {
    const rows = await reads.rows<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
  }
  expect(plans).toEqual([
    expect.stringContaining('visitor_session_came_by'),
    expect.stringContaining('visitor_session_settled_by'),
    expect.stringMatching(/staff_session_of[\s\S]*staff_session_passed/),
  ]);
});
