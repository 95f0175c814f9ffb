import { randomUUID } from 'node:crypto';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { retentionClasses } from '../../domain/retention.ts';
import { purge, retentionDays } from '../../store/own-data/retention.ts';
import { temporaryFolder } from '../../testing/folder.ts';
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
/** A party of four: one was taken out, and is asked for anew by the change that waits; another was taken out of both since. */
const shrunk = { id: randomUUID(), account: '' };
/** Asked to leave, and not answered; another's wish was refused. */
const asked = randomUUID();

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

  const standing = await aVisit(shrunk.id, 'visit', [0, 1, 2, 3]);
  shrunk.account = await goesAlong(shrunk.id, standing, 2);
  const erasure = { id: randomUUID(), visitor_id: shrunk.account, at: new Date(), counts: '{}', proof: '' };
  await owner('erasure').insert(erasure);
  await removal(shrunk.id, 1, 'answered');
  const change = await aSubmission(shrunk.id, { base: standing, awaited: [0, 1, 2, 3, 4] });
  await removal(shrunk.id, 2, 'answered');
  await owner('reservation')
    .where({ id: shrunk.id })
    .update({ change_submission_id: change, change_until: new Date('2026-12-01T00:00:00Z') });

  await aVisit(asked, 'approval', [0, 1, 2]);
  await removal(asked, 1, 'pending');
  await removal(asked, 2, 'refused');
}

async function removal(reservation: string, ordinal: number, status: 'answered' | 'pending' | 'refused') {
  const answer = JSON.stringify(status === 'answered' ? { ok: true, stage: 'visit', seq: 4 } : { ok: false });
  await database.owner('request').insert({
    id: randomUUID(),
    reservation_id: reservation,
    kind: 'remove_person',
    actor_kind: 'visitor',
    payload: JSON.stringify({ ordinal }),
    status,
    ...(status !== 'pending' && { answer, answered_at: database.owner.fn.now() }),
  });
}

/** Somebody awaited who has become ready, with an account of their own. */
async function goesAlong(reservation: string, submission: string, ordinal: number): Promise<string> {
  const { owner } = database;
  const visitor = await aVisitor();
  const place = { submission_id: submission, ordinal };
  const { companion_id: companion } = await owner('awaited_person').where(place).first();
  await freeze(reservation, { ...place, visitor_id: visitor, companion_id: companion });
  return visitor;
}

async function freeze(
  reservation: string,
  place: { submission_id: string; ordinal: number; visitor_id: string; companion_id?: string },
): Promise<void> {
  const { owner } = database;
  const about = { visitor_id: place.visitor_id, notice_id: ids.notice, purpose: 'personal_information' };
  const [{ id: consent }] = await owner('consent')
    .insert({ ...about, text_hash: Buffer.alloc(32), channel: 'browser', withdrawn_at: owner.fn.now() })
    .returning('id');
  const [{ id: person }] = await owner('person')
    .insert({
      visitor_id: place.visitor_id,
      name_enc: sealed,
      sex: 'female',
      phone_enc: sealed,
      document_type: 'passport',
      document_enc: sealed,
      document_hash: sealed,
      document_tail_hash: sealed,
    })
    .onConflict('visitor_id')
    .merge(['sex'])
    .returning('id');
  await owner('reservation_person').insert({
    ...place,
    reservation_id: reservation,
    consent_id: consent,
    person_id: person,
    person_version: 1,
    name_enc: sealed,
    phone_enc: sealed,
    sex: 'female',
    document_type: 'passport',
    document_enc: sealed,
    document_hash: sealed,
    document_tail_hash: sealed,
  });
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
async function aVisit(id: string, stage: string, awaited: number[] = [0]) {
  const { owner } = database;
  await owner('reservation').insert({ id, visitor_id: await aVisitor(), stage: 'details' });
  const submission = await aSubmission(id, { awaited });
  await owner('reservation').where({ id }).update({ stage, submission_id: submission });
  return submission;
}

async function aSubmission(
  reservation: string,
  { base = null, awaited }: { base?: string | null; awaited: number[] },
): Promise<string> {
  const id = randomUUID();
  const { owner } = database;
  await owner('submission').insert({
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
  const { visitor_id: lead } = await owner('reservation').where({ id: reservation }).first();
  await freeze(reservation, { submission_id: id, ordinal: 0, visitor_id: lead });
  for (const ordinal of awaited.filter((one) => one > 0)) {
    const [companion] = await owner('companion').insert({ visitor_id: lead, name_enc: sealed }).returning('id');
    const place = { submission_id: id, reservation_id: reservation, ordinal };
    await owner('awaited_person').insert({ ...place, companion_id: companion.id, name_enc: sealed });
  }
  return id;
}

/** A folder with what had been written by then. */
function migrationsUntil(day: string): string {
  const folder = temporaryFolder('xiaomen-migrations-');
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

it('knows who comes, as it stands and by the change that waits', async () => {
  const row = (id: string) => database.owner('reservation').where({ id }).first('ordinals', 'change_ordinals');
  expect(await row(shrunk.id)).toEqual({ ordinals: [0, 3], change_ordinals: [0, 1, 3, 4] });
  expect(await row(asked)).toEqual({ ordinals: [0, 1, 2], change_ordinals: null });
  expect(await row(drafts.details)).toEqual({ ordinals: null, change_ordinals: null });
});

it('erases the person who was taken out by the row, without a look at requests', async () => {
  const { owner } = database;
  const { rows } = await owner.raw(`select pg_get_functiondef('erase_person(uuid)'::regprocedure) as source`);
  expect(rows[0].source).not.toContain('payload');
  const erased = async () =>
    (await owner('reservation_person').where({ visitor_id: shrunk.account }).first()).erased_at;
  const erase = () => owner.raw('select erase_person(?)', [shrunk.account]);
  const set = (ordinals: number[]) => owner('reservation').where({ id: shrunk.id }).update({ ordinals });
  await set([0, 2, 3]);
  await erase();
  expect(await erased()).toBeNull();
  await set([0, 3]);
  await erase();
  expect(await erased()).not.toBeNull();
});
