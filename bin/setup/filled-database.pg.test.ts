import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { migrateDatabase } from './database.ts';

/** A database as it was filled until 28 November 2026, brought forward by the migrations since. */

const migrations = fileURLToPath(new URL('../../migrations', import.meta.url));
const sealed = Buffer.alloc(1);
let database: TestDatabase;
const ids = {
  campus: '',
  department: randomUUID(),
  reason: randomUUID(),
  notice: randomUUID(),
};

beforeAll(async () => {
  database = await freshDatabase('empty');
  await migrateDatabase(database.ownerUrl, migrationsUntil('20261129'));
  await fill();
  await migrateDatabase(database.ownerUrl);
});
afterAll(() => database?.drop());

const drafts = { registration: randomUUID(), consent: randomUUID(), profile: randomUUID(), details: randomUUID() };
const told = randomUUID();

async function fill() {
  const { owner } = database;
  const [campus] = await owner('campus').insert({ number: 1, name_zh: '甲', name_en: 'A' }).returning('id');
  ids.campus = campus.id;
  await owner('department').insert({ id: ids.department, campus_id: ids.campus, name_zh: '甲', name_en: 'A' });
  await owner('reason').insert({ id: ids.reason, name_zh: '乙', name_en: 'B', position: 1 });
  await owner('notice').insert({
    id: ids.notice,
    version: 1,
    kind: 'filling',
    title_zh: '须',
    title_en: 'N',
    body_zh: '…',
    body_en: '…',
    text_hash: Buffer.alloc(32),
  });
  for (const [stage, id] of Object.entries(drafts)) {
    await owner('reservation').insert({ id, visitor_id: await aVisitor(), stage });
  }
  await aVisit(told, 'notification');
}

async function aVisitor(): Promise<string> {
  const [visitor] = await database.owner('visitor').insert({}).returning('id');
  return visitor.id;
}

/** A reservation that stands on one submission. */
async function aVisit(id: string, stage: string) {
  const { owner } = database;
  await owner('reservation').insert({ id, visitor_id: await aVisitor(), stage: 'details' });
  const submission = await aSubmission(id);
  await owner('reservation').where({ id }).update({ stage, submission_id: submission });
  return submission;
}

async function aSubmission(reservation: string, base: string | null = null): Promise<string> {
  const id = randomUUID();
  await database.owner('submission').insert({
    id,
    reservation_id: reservation,
    kind: base ? 'change' : 'request',
    base_id: base,
    channel: 'personal',
    campus_id: ids.campus,
    department_id: ids.department,
    reason_id: ids.reason,
    host_enc: sealed,
    visit_from: new Date('2026-12-01T01:00:00Z'),
    visit_until: new Date('2026-12-01T03:00:00Z'),
  });
  return id;
}

/** A folder with what had been written by then. */
function migrationsUntil(day: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'xiaomen-migrations-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of readdirSync(migrations).filter((one) => one < day)) {
    cpSync(join(migrations, name), join(folder, name));
  }
  return folder;
}

const stageOf = async (id: string) => (await database.owner('reservation').where({ id }).first()).stage;

it('has drafts in the two stages that drafts are in', async () => {
  expect(await Promise.all(Object.values(drafts).map(stageOf))).toEqual([
    'registration',
    'registration',
    'registration',
    'details',
  ]);
});

it('has a visit whose visitor was being told', async () => {
  expect(await stageOf(told)).toBe('visit');
});

it('takes no row into a stage that is none, and no second draft of a visitor', async () => {
  const { owner } = database;
  const draft = owner('reservation').where({ id: drafts.details });
  await expect(draft.clone().update({ stage: 'consent' })).rejects.toThrow(/reservation_stage_known/);
  const { visitor_id: visitor } = await draft.clone().first();
  const another = { id: randomUUID(), visitor_id: visitor, stage: 'registration' };
  await expect(owner('reservation').insert(another)).rejects.toThrow(/reservation_one_draft/);
  await expect(owner('reservation').where({ id: drafts.details }).update({ stage: 'approval' })).rejects.toThrow(
    /reservation_submitted/,
  );
});
