import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatesBitmap } from '../domain/gates-bitmap.ts';
import { hasSentence } from '../platform/i18n.ts';
import { writeInvitation } from '../store/api/invitation.ts';
import { makeApiKey } from '../store/api/key.ts';
import { type AuditAction, type AuditSubject, auditActions, record } from '../store/audit/audit.ts';
import { looks } from '../store/incidents/by-staff.ts';
import { touches } from '../store/incidents/touched.ts';
import { beginErasure, eraseAccount } from '../store/own-data/erasure.ts';
import { insertPass } from '../store/passes/pass.ts';
import { addGuardian } from '../store/people/guardian.ts';
import { makeWebhook } from '../store/webhooks/webhook.ts';
import { temporaryFolder } from '../testing/folder.ts';
import type { testKeys } from '../testing/keys.ts';
import { passesOf } from '../testing/passes.ts';
import type { TestDatabase } from '../testing/postgres.ts';
import { aVisitor, aWaitingTask, comesAlong, type House } from '../testing/reservations.ts';
import { seededHouse } from '../testing/seeded-house.ts';
import { aSubmittedPerson } from '../testing/submitted.ts';
import { listAffected } from './affected/run.ts';

let database: TestDatabase;
let keys: Awaited<ReturnType<typeof testKeys>>;
let house: House;
let approver: string;
/** Each of one lead; the second with a child and somebody who has no phone. */
type Visit = Awaited<ReturnType<typeof aWaitingTask>>;
let first: Visit;
let second: Visit;
let third: Visit;
const formula = '=HYPERLINK("http://x")';

const hour = 3600_000;
const ago = (hours: number) => new Date(Date.now() - hours * hour);
const day = (at: Date) => new Date(at.getTime() + 8 * hour).toISOString().slice(0, 10);

beforeAll(async () => {
  ({ database, keys, house } = await seededHouse());
  approver = (await database.db('staff').where({ username: 'approver' }).first('id')).id;
  const visitOf = (name: string, phone: string, document: string) =>
    aWaitingTask(house, { who: { name, phone, document, plate: null } });
  first = await visitOf('欧阳小满', '13720000001', '110199200001019010');
  second = await visitOf(formula, '13720000002', '11019919900101904X');
  third = await visitOf('司马小寒', '13720000003', '110199200001019037');
  await withParty(second);
});
afterAll(() => database?.drop());

async function withParty(visit: Visit): Promise<void> {
  const { db } = house;
  const lead = await db('person').where({ visitor_id: visit.visitor }).first('id');
  const consent = (
    await db('consent').where({ visitor_id: visit.visitor, purpose: 'personal_information' }).first('id')
  ).id;
  const guardian = await addGuardian(db, house, {
    visitor: visit.visitor,
    name: '诸葛大雪',
    phone: '13720000009',
    consent,
  });
  const add = (name: string, ordinal: number, extra: object) =>
    comesAlong(
      house,
      visit,
      aSubmittedPerson({ person: lead.id, visitor: null, consent, name, ordinal, phone: null, ...extra }),
    );
  const book = async (name: string) => {
    const id = randomUUID();
    await db('companion').insert({
      id,
      visitor_id: visit.visitor,
      name_enc: house.cipher.seal({ table: 'companion', column: 'name_enc', row: id }, name),
    });
    return id;
  };
  await add('夏侯小雪', 1, { person: null, companion: await book('夏侯小雪'), birthDay: '2020-01-01', guardian });
  await add('上官大暑', 2, { person: null, companion: await book('上官大暑') });
  // In the book, and never along on a visit.
  await book('东方立秋');
}

/** As the command does it, without a process of its own. */
async function affected(args: string[], env: Record<string, string> = {}) {
  const lines: string[] = [];
  const given = { DATABASE_OWNER_URL: database.ownerUrl, KEYS_DIR: keys.folders.worker, ...env };
  const code = await listAffected(args, given, (line) => lines.push(line)).then(
    () => 0,
    (error: Error) => {
      lines.push(error.message);
      return 1;
    },
  );
  return { code, said: lines.join('\n') };
}

/** The lines of people: where, the covered name, by what. */
const peopleIn = (said: string) =>
  said
    .split('\n')
    .filter((line) => line.includes('\t'))
    .map((line) => line.split('\t'))
    .toSorted();
const figure = (said: string, words: string) =>
  Number(
    said
      .split('\n')
      .find((line) => line.includes(words))
      ?.trim()
      .split(' ')[0],
  );

async function aPass(
  visit: Visit,
  wish: { from?: Date; until?: Date; ordinal?: number; kid?: number; printed?: boolean } = {},
) {
  const { db, cipher } = house;
  const campus = (await db('reservation').where({ id: visit.reservation }).first('campus_id')).campus_id as string;
  const { from = ago(1), until = ago(-1), ordinal = 0, kid = 1 } = wish;
  const made = passesOf(keys).make({
    reservation: visit.reservation,
    ordinal,
    keyId: kid,
    from: from.getTime(),
    until: until.getTime(),
  });
  const id = randomUUID();
  await insertPass(db, cipher, {
    id,
    reservation: visit.reservation,
    ordinal,
    version: 1,
    campus,
    gates: gatesBitmap([0, 1]),
    from,
    until,
    issuedAt: from,
    token: made.token,
    gateCode: made.code,
  });
  if (wish.printed) await db('pass').where({ id }).update({ printed_at: new Date() });
  return { made, campus };
}

describe('a stolen gate', () => {
  beforeAll(async () => {
    const { db } = house;
    const { made, campus } = await aPass(first, { printed: true });
    await passesOf(keys).issue(db, campus, { ...made.claims, name: '欧阳小满' });
    // Over for two days: its row of the feed is gone, the box may have held it then.
    await aPass(third, { from: ago(50), until: ago(48) });
    await db('gate_event').insert({
      id: randomUUID(),
      reservation_id: second.reservation,
      ordinal: 2,
      gate_id: 'south',
      direction: 'in',
      method: 'qr',
      occurred_at: ago(5),
    });
  });

  it('touches whose passes it held, and whom it saw, each by name of the visit and covered', async () => {
    const { code, said } = await affected(['gate', 'south']);
    expect(code, said).toBe(0);
    expect(peopleIn(said)).toEqual(
      [
        [first.reservation, '欧**满', 'told_to_gate'],
        [second.reservation, '上**暑', 'entry_at_gate'],
      ].toSorted(),
    );
    expect(figure(said, 'people')).toBe(2);
    expect(said).not.toMatch(/欧阳小满|13720000001/);
  });

  it('touches what was over already where it was missed for longer', async () => {
    const { said } = await affected(['key', 'gate', 'south', '--since', day(ago(72))]);
    expect(
      peopleIn(said)
        .map(([, name]) => name)
        .toSorted(),
    ).toEqual(['上**暑', '司**寒', '欧**满'].toSorted());
    expect((await affected(['gate', 'nowhere'])).said).toContain('There is no gate nowhere');
  });
});

describe('a leaked key', () => {
  it('of passes touches who holds one that it signed', async () => {
    const { said } = await affected(['key', 'pass', '1']);
    expect(peopleIn(said)).toEqual([[first.reservation, '欧**满', 'pass']]);
    expect(figure(said, 'to be printed anew')).toBe(1);
    expect(peopleIn((await affected(['key', 'pass', '9'])).said)).toEqual([]);
    expect(peopleIn((await affected(['key', 'renewal'])).said)).toHaveLength(1);
  });

  it('of cookies touches who is signed in', async () => {
    const { db } = house;
    const expire = ago(-1);
    await db('visitor_session').insert({ sid: 'a', sess: JSON.stringify({ visitor: third.visitor }), expire });
    await db('visitor_session').insert({ sid: 'b', sess: JSON.stringify({ visitor: first.visitor }), expire: ago(1) });
    await db('staff_session').insert({ sid: 'c', sess: JSON.stringify({ staff: approver }), expire });
    const { said } = await affected(['key', 'session']);
    expect(peopleIn(said).map(([id]) => id)).toEqual([third.visitor, approver].toSorted());
  });

  it.each([
    ['codec', 'ids and times, no personal data', 3],
    ['feed', 'gates in service', 2],
  ])('of %s touches nobody’s data, and says what is under it', async (kind, words, count) => {
    const { said } = await affected(['key', kind]);
    expect([figure(said, 'people'), figure(said, words)]).toEqual([0, count]);
  });

  it('of another system touches whom it read, and whose visit came by its invitations; the rest is counted', async () => {
    const { db } = house;
    const made = { scopes: ['visits:personal' as const], department: null, days: 90, by: approver };
    const [leaked, another] = await Promise.all(
      ['会议系统', '停车'].map((label) => makeApiKey(db, { ...made, label })),
    );
    const answer = (key: string, detail: object, visit?: Visit) =>
      record(db, {
        actor: { kind: 'key', id: key },
        action: 'api_read',
        subject: visit ? { kind: 'reservation', id: visit.reservation } : { kind: 'list', id: 'api' },
        detail: { operation: 'getVisit', ...detail },
      });
    await answer(leaked?.id ?? '', { personal: true }, second);
    await answer(leaked?.id ?? '', {}, third);
    await answer(leaked?.id ?? '', {});
    await answer(another?.id ?? '', { personal: true }, first);
    const department = (await db('department').first('id')).id;
    const invites = async (reservation: string | null, madeAt: Date) => {
      const of = { key: leaked?.id ?? '', department, host: null, purpose: null, phoneTail: null };
      const id = randomUUID();
      const window = { from: ago(-1), until: ago(-3), expiresAt: ago(-2) };
      await writeInvitation(db, house.cipher, randomUUID(), { id, ...of, ...window });
      await db('visit_invitation').where({ id }).update({ reservation_id: reservation, made_at: madeAt });
    };
    await invites(first.reservation, ago(1));
    await invites(third.reservation, ago(72));
    await invites(null, ago(72));
    const since = ['--since', day(ago(24))];
    const { said } = await affected(['key', 'api', '会议系统', ...since]);
    expect(peopleIn(said)).toEqual(
      [
        [first.reservation, '欧**满', 'api_invited'],
        ...peopleIn((await affected(['visit', second.reservation])).said).map(([id = '', name = '']) => [
          id,
          name,
          'api_read',
        ]),
      ].toSorted(),
    );
    const counted = ['answers by it that name nobody', 'invitations that it made', 'used by nobody and good'];
    expect(counted.map((words) => figure(said, words))).toEqual([2, 1, 1]);
    expect((await affected(['key', 'api', leaked?.id ?? '', ...since])).said).toBe(said);
    expect(await affected(['key', 'api', '会议系统'])).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^Usage/),
    });
    expect((await affected(['key', 'api', '没有', ...since])).said).toContain('There is no API key of that name');
  });

  it('of a web hook touches nobody, and says how much was signed with its secret', async () => {
    const { db } = house;
    const of = { label: '停车场', url: 'https://parking.example/', events: ['visit.ready' as const], by: approver };
    const { id } = await makeWebhook(db, house.cipher, of);
    for (const [attempts, hours] of [
      [1, 1],
      [0, 1],
      [1, 72],
    ] as const) {
      const told = { webhook_id: id, event: 'visit.ready', source: randomUUID(), body: '{}', attempts };
      await db('webhook_delivery').insert({ ...told, made_at: ago(hours) });
    }
    const { said } = await affected(['key', 'webhook', '停车场', '--since', day(ago(24))]);
    expect([figure(said, 'people'), figure(said, 'signed for it since')]).toEqual([0, 1]);
    expect((await affected(['key', 'webhook', '没有', '--since', day(ago(24))])).said).toContain(
      'There is no web hook',
    );
  });

  it('of columns touches everybody, like a copy, and says what is under it still', async () => {
    const { said } = await affected(['key', 'field', 'f1']);
    expect(peopleIn(said)).toEqual(peopleIn((await affected(['copy'])).said));
    expect(figure(said, 'sealed under this key')).toBeGreaterThan(10);
    expect(figure((await affected(['key', 'field', 'f7'])).said, 'sealed under this key')).toBe(0);
    expect(figure((await affected(['key', 'index'])).said, 'people')).toBe(figure(said, 'people'));
  });
});

describe('a copy of the database', () => {
  it('touches everybody who was there then: of visits, of books, with no visit at all', async () => {
    const { db } = house;
    const alone = await aVisitor(house, {
      name: '公孙处暑',
      phone: '13720000004',
      document: '110199200001019053',
      plate: null,
    });
    const gone = await aVisitor(house, {
      name: '令狐白露',
      phone: '13720000005',
      document: '110199200001019061',
      plate: null,
    });
    await db.transaction(async (trx) => {
      await beginErasure(trx, gone.visitor, { cause: 'asked' });
      await eraseAccount(trx, gone.visitor);
    });
    const { said } = await affected(['copy']);
    const names = peopleIn(said).map(([, name]) => name);
    for (const name of ['欧**满', '司**寒', '夏**雪', '上**暑', '东**秋', '公**暑']) expect(names).toContain(name);
    expect(peopleIn(said)).toContainEqual([alone.visitor, '公**暑', 'in_database']);
    expect(said).not.toContain(gone.visitor);
    expect(figure(said, 'of them with a guardian')).toBe(1);
    expect(figure(said, 'requests of people without an account')).toBe(0);
  });

  it('of yesterday touches nobody of today, and says how many accounts were deleted since', async () => {
    await database
      .owner('reservation')
      .where({ id: first.reservation })
      .update({ created_at: ago(50) });
    await database
      .owner('submission')
      .where({ id: first.submission })
      .update({ created_at: ago(50) });
    const { said } = await affected(['copy', '--at', day(ago(24))]);
    expect(
      peopleIn(said)
        .filter(([, , what]) => what === 'in_database')
        .map(([where]) => where),
    ).toEqual([first.reservation]);
    expect(figure(said, 'deleted since')).toBe(1);
  });

  it('has the requests that were open then, also those that were answered since', async () => {
    const request = (created_at: Date, closed_at: Date | null) => ({
      kind: 'copy',
      proof: 'counter',
      status: closed_at ? 'done' : 'open',
      created_at,
      due_at: ago(-24),
      closed_at,
    });
    const at = new Date(`${day(ago(24))}T00:00:00+08:00`).getTime();
    const around = (hours: number) => new Date(at + hours * hour);
    await database
      .db('data_request')
      .insert([
        request(around(-30), null),
        request(around(-29), around(1)),
        request(around(-28), around(-1)),
        request(around(1), null),
      ]);
    const { said } = await affected(['copy', '--at', day(ago(24))]);
    expect(figure(said, 'requests of people without an account')).toBe(2);
  });
});

describe('a compromised account of staff', () => {
  it('touches whose pages, numbers and photographs it read in that time, and what it changed', async () => {
    const { db } = house;
    const person = await db('reservation_person').where({ reservation_id: second.reservation, ordinal: 2 }).first('id');
    const act = (action: AuditAction, kind: AuditSubject, id: string, detail = {}) =>
      record(db, { actor: { kind: 'staff', id: approver }, action, subject: { kind, id }, detail });
    await act('task_viewed', 'reservation', first.reservation);
    await act('document_unmasked', 'reservation', second.reservation, { person: person.id });
    await act('reservations_searched', 'list', 'reservations', { found: 7 });
    for (let n = 0; n < 3; n += 1) await act('data_requests_viewed', 'list', 'data_requests');
    await act('data_request_answered', 'data_request', randomUUID());
    await act('data_request_refused', 'data_request', randomUUID());
    await db('request').insert({
      id: randomUUID(),
      reservation_id: third.reservation,
      kind: 'decide',
      actor_kind: 'staff',
      actor_id: approver,
      payload: '{}',
    });
    const { said } = await affected(['staff', 'approver', '--from', day(ago(24))]);
    expect(peopleIn(said)).toEqual(
      [
        [first.reservation, '欧**满', 'visit_page'],
        [second.reservation, '上**暑', 'whole_document'],
        [third.reservation, '司**寒', 'acted'],
      ].toSorted(),
    );
    expect([figure(said, 'lists and searches'), figure(said, 'lines that those showed')]).toEqual([1, 7]);
    expect([figure(said, 'looks at requests of people without'), figure(said, 'it answered')]).toEqual([3, 2]);
    const before = await affected(['staff', 'approver', '--from', day(ago(96)), '--until', day(ago(48))]);
    expect(peopleIn(before.said)).toEqual([]);
    expect((await affected(['staff', 'nobody', '--from', day(ago(1))])).said).toContain('There is no account');
  });
});

it('every act of looking that the audit knows has its place in what an account of staff saw, or is named as none', () => {
  const looking = /_(viewed|searched|unmasked|decoded|shown|opened|printed|listed|exported)$/;
  expect(Object.keys(looks).toSorted()).toEqual(auditActions.filter((action) => looking.test(action)).toSorted());
});

describe('a visit that was opened to a stranger', () => {
  it('touches everybody of it; the file has what is needed to tell them, and starts no formula', async () => {
    const file = join(temporaryFolder('affected-'), 'people.csv');
    const env = { PATH: process.env.PATH, DATABASE_OWNER_URL: database.ownerUrl, KEYS_DIR: keys.folders.worker };
    const args = ['bin/affected.ts', 'visit', second.reservation, '--export', file];
    const { stdout: said } = await promisify(execFile)(process.execPath, args, { env });
    expect(figure(said, 'entries at gates')).toBe(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const lines = readFileSync(file, 'utf8').trim().split('\r\n').slice(1);
    expect(lines).toHaveLength(3);
    const [lead = '', child = '', other = ''] = ['13720000002,本人', '夏侯小雪', '上官大暑'].map((part) =>
      lines.find((line) => line.includes(part)),
    );
    expect(lead).toContain(`"'=HYPERLINK(""http://x"")"`);
    expect(child).toContain('诸葛大雪,13720000009');
    expect(other).toContain('13720000002,预约人');
    // The file stays what it was.
    expect(await affected(['visit', second.reservation, '--export', file])).toMatchObject({ code: 1 });
    await database
      .db('audit')
      .where({ action: 'affected_exported' })
      .then((rows) => expect(rows).toHaveLength(1));
  });
});

it('what touches somebody has words in both languages', () => {
  expect(touches.filter((touch) => !hasSentence(`affected.touch.${touch}`))).toEqual([]);
});

describe('who may ask', () => {
  it('the application may not, nor somebody without the keys', async () => {
    const before = await database.db('audit').count();
    expect(await affected(['copy'], { DATABASE_OWNER_URL: database.url })).toMatchObject({
      code: 1,
      said: expect.stringContaining('is not the owner'),
    });
    expect(await affected(['copy'], { DATABASE_OWNER_URL: '' })).toMatchObject({ code: 1 });
    expect((await affected(['copy'], { KEYS_DIR: '' })).said).toContain('KEYS_DIR');
    expect(await affected(['copies'])).toMatchObject({ code: 1, said: expect.stringContaining('Usage') });
    expect(await database.db('audit').count()).toEqual(before);
  });

  it('each run is in the audit with what was asked and how many it found, and names nobody', async () => {
    const [run] = await database.db('audit').where({ action: 'affected_listed' }).orderBy('id', 'desc');
    expect(run).toMatchObject({ actor_kind: 'system', actor_id: 'affected', subject_id: 'affected' });
    expect(run.detail).toMatchObject({ incident: 'visit', visit: second.reservation, people: 3, visits: 1 });
  });
});
