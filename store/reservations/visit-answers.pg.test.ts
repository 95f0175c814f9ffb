import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabase } from '../../bin/setup/database.ts';
import { createFieldCipher, type FieldCipher } from '../../platform/crypto.ts';
import { testKeys } from '../../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { readSubmission } from './submission.ts';
import { openAnswers, sealAnswers } from './visit-answers.ts';

const folder = fileURLToPath(new URL('../../migrations', import.meta.url));
let database: TestDatabase;
let cipher: FieldCipher;
/** Every visit of this test; `of` fills in what a row of its time says. */
let insert: (of: Record<string, unknown>) => Promise<unknown>;
const sealed = (id: string, column: string, text: string) =>
  cipher.seal({ table: 'submission', column, row: id }, text);

const [personal, official, erased] = [randomUUID(), randomUUID(), randomUUID()];

/** A database as it was before answers were a document, with visits in it, and brought up to today. */
beforeAll(async () => {
  database = await freshDatabase('empty');
  cipher = createFieldCipher((await testKeys([])).web.field);
  const before = mkdtempSync(join(tmpdir(), 'xiaomen-before-answers-'));
  for (const name of readdirSync(folder).filter((one) => one < '20261129_visit_answers.ts')) {
    copyFileSync(join(folder, name), join(before, name));
  }
  await migrateDatabase(database.ownerUrl, before);
  rmSync(before, { recursive: true });

  const { owner } = database;
  const one = async (table: string, row: object): Promise<string> =>
    (await owner(table).insert(row).returning('id'))[0].id;
  const names = { name_zh: '名', name_en: 'Name' };
  const campus = await one('campus', { number: 1, ...names });
  const place = { campus_id: campus, department_id: await one('department', { campus_id: campus, ...names }) };
  const reason = await one('reason', { position: 1, ...names });
  const visitor = await one('visitor', { phone_hash: Buffer.alloc(32), phone_enc: Buffer.alloc(40) });
  const closed = { visitor_id: visitor, stage: 'closed', outcome: 'abandoned' };
  const reservation = await one('reservation', { id: randomUUID(), ...closed });
  insert = (of) =>
    owner('submission').insert({
      reservation_id: reservation,
      reason_id: reason,
      visit_from: new Date(0),
      visit_until: new Date(1),
      ...place,
      ...of,
    });
  await insert({
    id: personal,
    channel: 'personal',
    host_enc: sealed(personal, 'host_enc', '王建国'),
    note_enc: sealed(personal, 'note_enc', '两箱\n器材'),
  });
  await insert({ id: official, channel: 'official' });
  await insert({ id: erased, channel: 'personal', erased_at: new Date() });
  expect(await migrateDatabase(database.ownerUrl)).toContain('20261129_visit_answers.ts');
});
afterAll(() => database?.drop());

describe('answers of before they were a document', () => {
  it.each([
    ['of a personal visit', personal, { host: '王建国', note: '两箱\n器材' }],
    ['of an official visit that had none', official, {}],
    ['of an erased visit', erased, {}],
  ])('%s are read by the same reader', async (_, id, answers) => {
    expect((await readSubmission(database.db, cipher, id))?.answers).toEqual(answers);
  });
});

describe('the document', () => {
  it('opens as it was sealed, on its own row only', () => {
    const [id, other] = [randomUUID(), randomUUID()];
    const row = {
      answers_enc: sealAnswers(cipher, id, { host: '王建国' }),
      host_enc: null,
      note_enc: null,
    };
    expect(openAnswers(cipher, id, row)).toEqual({ host: '王建国' });
    expect(() => openAnswers(cipher, other, row)).toThrow();
  });

  it('goes when its submission is erased, and does not come back', async () => {
    const id = randomUUID();
    await insert({ id, channel: 'personal', answers_enc: sealAnswers(cipher, id, { host: '王建国' }) });
    const row = () => database.owner('submission').where({ id });
    await row().update({ erased_at: new Date() });
    expect((await row().first()).answers_enc).toBeNull();
    await expect(row().update({ answers_enc: sealAnswers(cipher, id, {}) })).rejects.toThrow(/submission_erased/);
  });

  it('is the only home of an answer', async () => {
    const id = randomUUID();
    const twice = { answers_enc: sealAnswers(cipher, id, {}), note_enc: sealed(id, 'note_enc', '说明') };
    await expect(insert({ id, channel: 'official', ...twice })).rejects.toThrow(/submission_answers_once/);
  });

  it('is there for every personal visit of today', async () => {
    await expect(insert({ id: randomUUID(), channel: 'personal' })).rejects.toThrow(/submission_answers/);
  });
});
