import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { retentionClasses } from '../../domain/retention.ts';
import { purge, retentionDays } from '../../store/own-data/retention.ts';
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
const pass = randomUUID();

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
  await aPassInHand();
  await owner('retention').where({ class: 'visit_people' }).update({ days: 90 });
}

/** Printed in its first version, seen by its holder in the second, and by somebody else later. */
async function aPassInHand() {
  const { owner } = database;
  const { visitor_id: visitor } = await owner('reservation').where({ id: told }).first();
  for (const version of [1, 2]) {
    await owner('pass').insert({
      id: pass,
      reservation_id: told,
      ordinal: 0,
      version,
      campus_id: ids.campus,
      gates: '0'.repeat(64),
      valid_from: new Date('2026-12-01T01:00:00Z'),
      valid_until: new Date('2026-12-01T03:00:00Z'),
      token_enc: sealed,
      gate_code_enc: sealed,
      issued_at: new Date(`2026-11-2${version}T00:00:00Z`),
    });
  }
  const about = { subject_kind: 'reservation', subject_id: told };
  await owner('audit').insert([
    { ...about, ...looked('pass_printed', visitor, '21T10'), detail: { pass, version: 1 } },
    { ...about, ...looked('pass_shown', visitor, '22T10'), detail: { pass } },
    { ...about, ...looked('pass_shown', visitor, '22T11'), detail: { pass } },
    { ...about, ...looked('pass_shown', randomUUID(), '22T12'), detail: { pass } },
  ]);
}

const looked = (action: string, visitor: string, hour: string) => ({
  action,
  actor_kind: 'visitor',
  actor_id: visitor,
  at: new Date(`2026-11-${hour}:00:00Z`),
});

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

it('knows of each version of a pass when it was printed and when its holder last saw it', async () => {
  const versions = await database.owner('pass').where({ id: pass }).orderBy('version').select('printed_at', 'shown_at');
  expect(versions).toEqual([
    { printed_at: new Date('2026-11-21T10:00:00Z'), shown_at: null },
    { printed_at: null, shown_at: new Date('2026-11-22T11:00:00Z') },
  ]);
});

it('keeps what an office said about how long, under the names of what is deleted', async () => {
  const days = await retentionDays(database.db);
  expect(Object.keys(days).toSorted()).toEqual([...retentionClasses].toSorted());
  expect(days).toMatchObject({ people_of_closed_visits: 90, audit_records: 1096 });
  const { owner } = database;
  const [old] = await owner('audit')
    .insert({ actor_kind: 'system', action: 'data_purged', subject_kind: 'list', subject_id: 'x', at: '2020-01-01' })
    .returning('id');
  expect(await purge(database.db, 'audit_records')).toEqual({ count: 1, more: false });
  expect(await owner('audit').where({ id: old.id })).toEqual([]);
});
