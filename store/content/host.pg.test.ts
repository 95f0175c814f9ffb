import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBlindIndex, createFieldCipher } from '../../platform/crypto.ts';
import { aCampus } from '../../testing/campus.ts';
import { testKeys } from '../../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { addHost, findHost } from './host.ts';

let database: TestDatabase;
let sealing: Parameters<typeof addHost>[1];
const [here, there] = [randomUUID(), randomUUID()];

beforeAll(async () => {
  const keys = await testKeys();
  sealing = { cipher: createFieldCipher(keys.web.field), index: createBlindIndex(keys.web.index) };
  database = await freshDatabase();
  const campus = (await aCampus(database.owner, {})).id;
  for (const id of [here, there]) {
    await database.owner('department').insert({ id, campus_id: campus, name_zh: '系', name_en: 'Department' });
  }
});
afterAll(() => database?.drop());

const find = (department: string, name: string) => findHost(database.db, sealing.index, { department, name });

test('a host is found by the whole name, however it is written, in their own department only', async () => {
  const ada = await addHost(database.db, sealing, { department: here, name: '阿依古丽·买买提' });
  for (const name of ['阿依古丽·买买提', '阿依古丽•买买提', ' 阿依古丽 买买提 '])
    expect(await find(here, name)).toBe(ada);
  for (const name of ['阿依古丽', '买买提', '阿依古丽·买买', '%']) expect(await find(here, name)).toBeNull();
  expect(await find(there, '阿依古丽·买买提')).toBeNull();
});

test('a host who left, and a name that two people bear, are not found', async () => {
  const left = await addHost(database.db, sealing, { department: here, name: '李明' });
  await database.db('host').where({ id: left }).update({ left_at: new Date() });
  expect(await find(here, '李明')).toBeNull();
  const first = await addHost(database.db, sealing, { department: here, name: '李明' });
  expect(await find(here, '李明')).toBe(first);
  await addHost(database.db, sealing, { department: here, name: '李明' });
  expect(await find(here, '李明')).toBeNull();
});

test('names lie in the table sealed', async () => {
  await addHost(database.db, sealing, { department: there, name: '王建国' });
  const rows = await database.owner('host').where({ department_id: there });
  expect(JSON.stringify(rows)).not.toContain('王建国');
  expect(Buffer.concat(rows.map(({ name_enc }) => name_enc)).toString('utf8')).not.toContain('王建国');
});
