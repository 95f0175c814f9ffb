import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBlindIndex, createFieldCipher, type FieldCipher } from '../../platform/crypto.ts';
import { aCampus } from '../../testing/campus.ts';
import { testKeys } from '../../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { searchReservations } from './reservation-search.ts';

let database: TestDatabase;
let plans: pg.Client;
let cipher: FieldCipher;
const index = createBlindIndex({ current: 'i2', keys: { i1: Buffer.alloc(32, 1), i2: Buffer.alloc(32, 2) } });
const ids = { department: randomUUID(), busy: randomUUID(), submission: randomUUID(), visitor: randomUUID() };
beforeAll(async () => {
  const [fresh, keys] = await Promise.all([freshDatabase(), testKeys([])]);
  database = fresh;
  cipher = createFieldCipher(keys.web.field);
  const { owner } = database;
  const campus = await aCampus(owner, {});
  for (const id of [ids.department, ids.busy]) {
    await owner('department').insert({ id, campus_id: campus.id, name_zh: '学院', name_en: 'School' });
  }
  const [reason] = await owner('reason').insert({ name_zh: '其他', name_en: 'Other', position: 0 }).returning('id');
  // Many visitors with many reservations, nearly all of one department and long closed.
  await owner.raw(
    `insert into visitor (phone_enc, phone_hash)
      select '\\x00', sha256(n::text::bytea) from generate_series(1, 2000) n`,
  );
  await owner('visitor').insert({
    id: ids.visitor,
    phone_enc: Buffer.alloc(1),
    phone_hash: index('phone', '13000000001'),
  });
  const insert = (visitor: string, department: string, stage: string, count: number) =>
    owner.raw(
      `insert into reservation (id, visitor_id, stage, outcome, department_id, created_at)
        select uuidv7(), ${visitor}, ?, ?, ?, now() - n * interval '1 minute' from generate_series(1, ?) n`,
      [stage, stage === 'closed' ? 'completed' : null, department, count],
    );
  const anyone = '(select id from visitor order by phone_hash offset (n % 2000) limit 1)';
  await insert(anyone, ids.busy, 'closed', 300);
  await owner.raw(
    `insert into reservation (id, visitor_id, stage, outcome, department_id, created_at)
      select uuidv7(), visitor_id, stage, outcome, department_id, created_at - m * interval '1 day'
        from reservation, generate_series(1, 60) m`,
  );
  await insert(`'${ids.visitor}'`, ids.department, 'closed', 3);
  const [first] = await owner('reservation').where({ visitor_id: ids.visitor });
  await owner('submission').insert({
    id: ids.submission,
    reservation_id: first.id,
    channel: 'official',
    campus_id: campus.id,
    department_id: ids.department,
    reason_id: reason.id,
    visit_from: new Date(1),
    visit_until: new Date(2),
  });
  await owner('reservation').update({ submission_id: ids.submission, ordinals: [0] });
  // A crowd of documents: an index is chosen for what it saves, which is nothing where there are no rows.
  const [notice] = await owner('notice')
    .insert({
      kind: 'filling',
      version: 1,
      title_zh: '须知',
      title_en: 'Notice',
      body_zh: '…',
      body_en: '…',
      text_hash: Buffer.alloc(32),
    })
    .returning('id');
  const [consent] = await owner('consent')
    .insert({
      visitor_id: ids.visitor,
      notice_id: notice.id,
      purpose: 'personal_information',

      text_hash: Buffer.alloc(32),
      channel: 'browser',
    })
    .returning('id');
  await owner.raw(
    `insert into reservation_person (submission_id, reservation_id, ordinal, consent_id, document_type, document_hash, erased_at)
      select ?, ?, n, ?, 'passport', sha256(n::text::bytea), now() from generate_series(1, 3000) n`,
    [ids.submission, first.id, consent.id],
  );
  await owner.raw('vacuum analyze');
  plans = new pg.Client({ connectionString: database.url });
  await plans.connect();
}, 120_000);
afterAll(async () => {
  await plans?.end();
  await database?.drop();
});

const page = { limit: 20 };
test.each([
  ['the newest', {}, 'reservation_listing'],
  // Of the open visits alone there is an index too, and it is smaller still.
  ['a stage nearly nobody is in', { stage: 'approval' as const }, /reservation_(stage|open)\b/],
  ['a quiet department', { department: ids.department }, 'reservation_department'],
  ['a day without visits', { visit: { from: new Date(0), until: new Date(9) } }, 'reservation_visit'],
  ['a phone', { phoneHashes: index.every('phone', '13000000001') }, 'visitor_phone_ever'],
  ['a document', { documentHashes: index.every('document', 'E00000001') }, 'reservation_person_document'],
])('%s is found by index', async (_, filter, name) => {
  const queries: { sql: string; bindings: unknown[] }[] = [];
  const listen = (query: { sql: string; bindings: unknown[] }) => queries.push(query);
  database.db.on('query', listen);
  await searchReservations(database.db, cipher, filter, page);
  database.db.removeListener('query', listen);
  const [query] = queries;
  const { rows } = await plans.query(`explain ${query?.sql}`, query?.bindings);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toMatch(name);
  expect(plan).not.toContain('Seq Scan on reservation r');
});

test('pages follow on each other without losing or repeating one, also those born in the same instant', async () => {
  const filter = { department: ids.busy };
  await database.owner.raw(
    `update reservation set created_at = date_trunc('day', created_at) where department_id = ?`,
    [ids.busy],
  );
  const seen: string[] = [];
  let after: string | undefined;
  for (let n = 0; n < 5; n += 1) {
    const found = await searchReservations(database.db, cipher, filter, { limit: 50, ...(after && { after }) });
    seen.push(...found.lines.map(({ id }) => id));
    after = found.next;
  }
  expect(new Set(seen).size).toBe(250);
});
