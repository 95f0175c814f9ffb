import { randomUUID } from 'node:crypto';
import { type CheerioAPI, load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toLocalInput } from '../../domain/time.ts';
import { readSubmission } from '../../store/reservations/submission.ts';
import { aDeclaredCompanion } from '../../testing/companions.ts';
import { aParty } from '../../testing/party.ts';
import { aRefusal } from '../../testing/refusing.ts';
import { type Row, untilReservation } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';
import { on } from '../../testing/window.ts';

/** Somebody more comes along on a visit that stands. */

type Form = Record<string, string | string[]>;

let system: System;
let approver: Awaited<ReturnType<typeof staffBrowser>>;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  approver = await staffBrowser(system.web, 'approver');
}, 120_000);
afterAll(() => system?.stop());

const row = (id: string) => system.owner('reservation').where({ id }).first();
const untilRow = (id: string, holds: (found: Row) => boolean) => untilReservation(system, id, holds);

/** Approved, with so many who go along. */
async function aVisit(companions = 0) {
  const lead = await new VisitorBrowser(system).settle();
  const along = [];
  for (let n = 0; n < companions; n += 1) along.push(await new VisitorBrowser(system).settle());
  const phones = [lead, ...along].map(({ phone }) => phone);
  const made = await aParty(system, phones, on(2));
  await decide(made.reservation, 'approved');
  await untilRow(made.reservation, ({ stage }) => stage === 'visit');
  await until(async () => (await passes(made.reservation)).length === companions + 1, 'everybody has a pass');
  const account = await system
    .db('visitor')
    .where({ phone_hash: system.index('phone', lead.phone) })
    .first('id');
  return { ...made, lead, along, account: account.id as string, path: `/reservations/${made.reservation}` };
}
type Visit = Awaited<ReturnType<typeof aVisit>>;

async function decide(reservation: string, verdict: 'approved' | 'rejected') {
  const task = await until(
    () => system.owner('task').where({ reservation_id: reservation, status: 'open' }).first(),
    'an open task',
  );
  const page = load((await approver.get(`/inbox/${task.id}`).expect(200)).text);
  const form = verdict === 'rejected' ? await aRefusal(system.owner, '人数过多') : { verdict };
  await approver
    .post(`/inbox/${task.id}/decision`)
    .type('form')
    .send({ request: randomUUID(), ...form })
    .expect(303);
  return page;
}

/** [ordinal, version, whether it is valid] of every version. */
const passes = async (reservation: string) => {
  const rows = await system.db('pass').where({ reservation_id: reservation }).orderBy(['ordinal', 'version']);
  return rows.map((pass) => [pass.ordinal, pass.version, pass.revoked_at === null]);
};
const formIn = ($: CheerioAPI): Record<string, string> =>
  Object.fromEntries(
    $('form[action$="/changes"]')
      .serializeArray()
      .map(({ name, value }) => [name, value]),
  );
const formAt = async (visitor: VisitorBrowser, path: string) => formIn(await visitor.page(path));
const post = (visitor: VisitorBrowser, path: string, form: Form) => visitor.agent.post(path).type('form').send(form);
const partyIn = (location: unknown) => /party=([0-9a-f-]{36})/.exec(String(location))?.[1] ?? '';

/** Leaves the form for the book, as 添加 does. @returns the party's id */
async function leaveForm({ lead, path }: Visit, typed: Form = {}): Promise<string> {
  const form = { ...(await formAt(lead, `${path}/changes`)), ...typed };
  return partyIn((await post(lead, `${path}/changes/companions`, form).expect(303)).headers.location);
}

const choose = (lead: VisitorBrowser, party: string, companion: string[]) =>
  post(lead, '/companions/choice', { party, companion, shown: companion.join(' '), go: 'confirm' }).expect(303);

/** The form with these chosen in the book, as it comes back. */
async function chosen(visit: Visit, companions: string[], typed: Form = {}) {
  const party = await leaveForm(visit, typed);
  const back = String((await choose(visit.lead, party, companions)).headers.location);
  expect(back).toBe(`${visit.path}/changes?party=${party}`);
  return { party, $: await visit.lead.page(back) };
}

async function asks(visit: Visit, companions: string[], typed: Form = {}) {
  const { $ } = await chosen(visit, companions, typed);
  await post(visit.lead, `${visit.path}/changes`, { ...formIn($), ...typed }).expect(303);
  return untilRow(visit.reservation, (now) => now.change_submission_id !== null);
}

const partyOf = async (submission: unknown) => {
  const found = await readSubmission(system.db, system.cipher, String(submission));
  return {
    people: found?.people.map(({ ordinal, name }) => [ordinal, name]),
    awaited: found?.awaited.map(({ ordinal, name }) => [ordinal, name]),
  };
};

test('a companion is chosen in the book with everything typed kept, approved beside the standing visit, and gets a pass of their own', async () => {
  const visit = await aVisit(1);
  const { lead, path, reservation, account } = visit;
  const grandmother = await aDeclaredCompanion(system, account);
  const party = await leaveForm(visit, { plate: '冀A12345', remove: [] });
  const book = await lead.page(`/companions?party=${party}`);
  const rows = book('.people li')
    .map((_, one) => book(one).text().replace(/\s+/g, ' ').trim())
    .get();
  // A companion who already goes along is not offered again.
  expect(rows.find((text) => text.includes('钱伴一'))).toContain('已同行');
  expect(book('[name=companion]').get()).toHaveLength(1);
  expect(book('a:contains("取消")').attr('href')).toBe(`${path}/changes?party=${party}`);

  await choose(lead, party, [grandmother]);
  const $ = await lead.page(`${path}/changes?party=${party}`);
  expect($('[name=plate]').val()).toBe('冀A12345');
  expect($('section[aria-labelledby=party-title]').text()).toMatch(/新增同行访客.*周奶奶.*已就绪/s);
  const form = formIn($);
  await Promise.all([1, 2].map(() => post(lead, `${path}/changes`, form).expect(303)));
  const asked = await untilRow(reservation, ({ change_submission_id }) => change_submission_id !== null);
  expect(await partyOf(asked.change_submission_id)).toEqual({
    people: [
      [0, '欧阳小满'],
      [1, '钱伴一'],
      [2, '周奶奶'],
    ],
    awaited: [],
  });
  expect(await system.db('request').where({ reservation_id: reservation, kind: 'change' })).toHaveLength(1);
  expect((await lead.page(path))('.differences').text()).toMatch(/新增同行.*周奶奶.*车牌号/s);
  const before = await passes(reservation);
  expect(before.map(([ordinal]) => ordinal)).toEqual([0, 1]);
  // The same form once more, after everything that came with it is gone.
  await post(lead, `${path}/changes`, form).expect(303);

  const inbox = await decide(reservation, 'approved');
  expect(inbox('section[aria-labelledby=differs]').text()).toMatch(/对已批准预约的变更.*新增同行.*周奶奶/s);
  expect(inbox('section[aria-labelledby=people]').text()).toContain('周奶奶');
  await until(async () => (await passes(reservation)).length === 4, 'a pass, and the lead’s with the plate');
  expect(await passes(reservation)).toEqual([
    [0, 1, true],
    [0, 2, true],
    [1, 1, true],
    [2, 1, true],
  ]);
  expect(await row(reservation)).toMatchObject({ persons: 3, change_submission_id: null });
});

test('refused, the old party stays; the next person asked for gets a number that nobody had', async () => {
  const visit = await aVisit(2);
  const { lead, path, reservation, account } = visit;
  const grandmother = await aDeclaredCompanion(system, account);
  await asks(visit, [grandmother]);
  await decide(reservation, 'rejected');
  const stands = await untilRow(reservation, ({ change_submission_id }) => change_submission_id === null);
  expect(stands.persons).toBe(3);
  expect((await lead.page(path))('main').text()).not.toContain('周奶奶');
  const before = await passes(reservation);
  expect(before.every(([, version, standing]) => version === 1 && standing)).toBe(true);

  // The last of them is taken out at once; the number stays theirs, and so does the refused one's.
  await post(lead, `${path}/changes`, { ...(await formAt(lead, `${path}/changes`)), remove: ['2'] }).expect(303);
  await untilRow(reservation, ({ persons }) => persons === 2);
  const asked = await asks(visit, [grandmother]);
  expect((await partyOf(asked.change_submission_id)).people?.at(-1)).toEqual([4, '周奶奶']);
  await decide(reservation, 'approved');
  await until(async () => (await passes(reservation)).length === 4, 'her pass');
  expect(await passes(reservation)).toEqual([
    [0, 1, true],
    [1, 1, true],
    [2, 1, false],
    [4, 1, true],
  ]);
});

test('a companion who misses something has a place and a name, as in the form, and a pass once nothing is missing', async () => {
  const visit = await aVisit();
  const { lead, path, reservation, account } = visit;
  const child = await aDeclaredCompanion(system, account, {
    name: '小明',
    declared: { birthDay: '2020-01-01', document: 'E00000078' },
  });
  const silent = await aDeclaredCompanion(system, account, {
    name: '未同意',
    agreed: false,
    declared: { document: 'E00000079' },
  });
  const { $ } = await chosen(visit, [child, silent]);
  expect($('section[aria-labelledby=party-title]').text()).toMatch(/小明.*待监护人同意.*未同意.*待重新声明同意/s);
  const asked = await asks(visit, [child, silent]);
  expect(await partyOf(asked.change_submission_id)).toMatchObject({
    people: [[0, '欧阳小满']],
    awaited: [
      [1, '小明'],
      [2, '未同意'],
    ],
  });
  await decide(reservation, 'approved');
  await untilRow(reservation, ({ persons, change_submission_id }) => persons === 3 && change_submission_id === null);
  expect(await passes(reservation)).toEqual([[0, 1, true]]);

  const page = await lead.page(`/companions/${silent}`);
  const declared = { ...formOf(page, `form[action="/companions/${silent}"]`), declared: '' };
  declared.declared = page('[name=declared]').attr('value') ?? '';
  await post(lead, `/companions/${silent}`, declared).expect(303);
  await until(async () => (await passes(reservation)).length === 2, 'a pass for the person who has agreed');
  expect(await passes(reservation)).toEqual([
    [0, 1, true],
    [2, 1, true],
  ]);
  expect((await lead.page(path))('main').text()).toContain('小明');
});

const formOf = ($: CheerioAPI, form: string): Record<string, string> =>
  Object.fromEntries(
    $(form)
      .serializeArray()
      .map(({ name, value }) => [name, value]),
  );

describe('the number of companions that the campus takes', () => {
  test('counts both together; a companion who is taken out makes room', async () => {
    const visit = await aVisit(1);
    const { lead, path, reservation, account } = visit;
    const [one, two] = [
      await aDeclaredCompanion(system, account),
      await aDeclaredCompanion(system, account, { name: '吴奶奶', declared: { document: 'E00000080' } }),
    ];
    const campus = { id: (await row(reservation)).campus_id };
    const { party_limit: usual } = await system.owner('campus').where(campus).first('party_limit');
    await system.owner('campus').where(campus).update({ party_limit: 2 });
    try {
      const party = await leaveForm(visit);
      await until(
        async () => (await lead.page(`/companions?party=${party}`))('main').text().includes('还可增加 1 位'),
        'the book says how many more',
      );
      const many = await choose(lead, party, [one, two]);
      const said = await lead.agent.get(String(many.headers.location)).expect(422);
      expect(said.text).toContain('还可增加 1 位同行访客，现在选了 2 位');
      const form = { ...(await formAt(lead, `${path}/changes?party=${party}`)), plate: '冀A54321' };
      const refused = load((await post(lead, `${path}/changes`, form).expect(422)).text);
      expect(refused('#field-companions-error').text()).toContain('超过人数上限');
      expect(refused('[name=plate]').val()).toBe('冀A54321');
      expect(await system.db('request').where({ reservation_id: reservation, kind: 'change' })).toEqual([]);
      await post(lead, `${path}/changes`, { ...form, remove: ['1'] }).expect(303);
      const asked = await untilRow(reservation, ({ change_submission_id }) => change_submission_id !== null);
      expect((await partyOf(asked.change_submission_id)).people?.map(([ordinal]) => ordinal)).toEqual([0, 2, 3]);
    } finally {
      await system.owner('campus').where(campus).update({ party_limit: usual });
    }
  });
});

test('nobody from another book comes along, and the party of another visitor or form is not found', async () => {
  const visit = await aVisit();
  const { lead, path, reservation, account } = visit;
  const other = await aVisit();
  const stranger = await aDeclaredCompanion(system, other.account, { name: '别人的' });
  const { party, $ } = await chosen(visit, [stranger]);
  expect($('section[aria-labelledby=party-title]').text()).not.toContain('别人的');
  await post(lead, `/companions/${stranger}`, {}).expect(404);
  await post(other.lead, `${path}/changes/companions`, {}).expect(404);
  await other.lead.page(`/companions?party=${party}`, 404);

  const own = await aDeclaredCompanion(system, account);
  const form = formIn($);
  const ownForm = await lead.post('/companions/selection', await lead.visitForm());
  const theirs = await leaveForm(other);
  await choose(other.lead, theirs, [stranger]);
  for (const foreign of [theirs, partyIn(ownForm.headers.location), randomUUID(), 'nonsense']) {
    const refused = load((await post(lead, `${path}/changes`, { ...form, party: foreign }).expect(422)).text);
    expect(refused('#field-companions-error').text()).toContain('请重新添加');
    expect(refused('main').text()).not.toContain('别人的');
    expect((await lead.page(`${path}/changes?party=${foreign}`))('main').text()).not.toContain('别人的');
  }
  await choose(lead, party, [own]);
  await post(lead, `${path}/changes/companions`, { ...form, drop: own }).expect(303);
  const without = await lead.page(`${path}/changes?party=${party}`);
  expect(without('section[aria-labelledby=party-title]').text()).not.toContain('周奶奶');
  expect(await system.db('submission').where({ reservation_id: reservation })).toHaveLength(1);
});

test('when the choice was too long ago, everything typed stays and nobody is left out unnoticed', async () => {
  const visit = await aVisit();
  const { lead, path, reservation } = visit;
  const grandmother = await aDeclaredCompanion(system, visit.account);
  const { party, $ } = await chosen(visit, [grandmother]);
  await system.owner('chosen_party').where({ id: party }).delete();
  const typed = { ...formIn($), plate: '冀A12345' };
  const refused = load((await post(lead, `${path}/changes`, typed).expect(422)).text);
  expect(refused('#field-companions-error').text()).toContain('请重新添加');
  expect(refused('[name=plate]').val()).toBe('冀A12345');
  expect(await system.db('request').where({ reservation_id: reservation, kind: 'change' })).toEqual([]);
  // Sent as it stands now, it is a change without them.
  await post(lead, `${path}/changes`, formIn(refused)).expect(303);
  const asked = await untilRow(reservation, ({ change_submission_id }) => change_submission_id !== null);
  expect((await partyOf(asked.change_submission_id)).people).toEqual([[0, '欧阳小满']]);
});

test.each([
  ['nor the companions who were chosen', true],
  ['and tells of a chosen companion who is not in the book any more', false],
])('a session that ends meanwhile loses neither what was typed %s', async (_, stays) => {
  const visit = await aVisit();
  const { lead, path } = visit;
  const grandmother = await aDeclaredCompanion(system, visit.account);
  const { party, $ } = await chosen(visit, [grandmother]);
  const form = { ...formIn($), plate: '冀A12345', until: toLocalInput(on(2, 4).until) };
  await lead.post('/sign-out').expect(303);
  const sent = await post(lead, `${path}/changes`, form).expect(303);
  const login = await lead.page(String(sent.headers.location));
  await system.owner('attempt').delete();
  const code = await lead.askForCode();
  const proof = { phone: lead.phone, code, agree: login('[name=agree]').attr('value') ?? '' };
  if (!stays) await system.owner('chosen_party').where({ id: party }).delete();
  const back = await lead
    .post('/register', { ...proof, return: login('form[action="/register"] [name=return]').attr('value') ?? '' })
    .expect(303);
  const page = await lead.page(String(back.headers.location));
  expect(page('[role=status]').text()).toContain('您填写的内容都已保留');
  expect(page('[name=plate]').val()).toBe('冀A12345');
  expect(page('section[aria-labelledby=party-title]').text()).toContain(stays ? '周奶奶' : '请重新添加');
});

test('corrected after somebody left: the person who comes in their place has a number and a pass of their own', async () => {
  const [lead, along] = [await new VisitorBrowser(system).settle(), await new VisitorBrowser(system).settle()];
  const window = on(2);
  const { reservation, task } = await aParty(system, [lead.phone, along.phone], window);
  await post(along, `/reservations/${reservation}/departure`, { key: randomUUID() }).expect(303);
  await untilRow(reservation, ({ persons }) => persons === 1);
  await approver
    .post(`/inbox/${task}/return`)
    .type('form')
    .send({ request: randomUUID(), return_reason: '请写明同行人' })
    .expect(303);
  await untilRow(reservation, ({ stage }) => stage === 'details');

  const { id: account } = await system
    .db('visitor')
    .where({ phone_hash: system.index('phone', lead.phone) })
    .first('id');
  const silent = await aDeclaredCompanion(system, account, { name: '未同意', agreed: false });
  const again = `/reservations/new?channel=personal&returned=${reservation}`;
  const $ = await lead.page(again);
  // A person who left is not brought back unasked.
  expect($('section[aria-labelledby=party-title]').text()).not.toContain('钱伴一');
  const typed: Record<string, string> = { ...formOf($, '#visit-form'), host: '王建国' };
  for (const name of ['department', 'reason']) {
    typed[name] = $(`[name=${name}] option[selected]`).attr('value') ?? '';
  }
  const left = await lead.post('/companions/selection', typed).expect(303);
  const party = partyIn(left.headers.location);
  await choose(lead, party, [silent]);
  await lead.post('/reservations', { ...typed, party }).expect(303);
  const corrected = await untilRow(reservation, ({ stage }) => stage === 'approval');
  expect((await partyOf(corrected.submission_id)).awaited).toEqual([[2, '未同意']]);
  await decide(reservation, 'approved');
  const page = await lead.page(`/companions/${silent}`);
  const declared = page('[name=declared]').attr('value') ?? '';
  await post(lead, `/companions/${silent}`, {
    ...formOf(page, `form[action="/companions/${silent}"]`),
    declared,
  }).expect(303);
  await until(async () => (await passes(reservation)).length === 2, 'their pass');
  expect(await passes(reservation)).toEqual([
    [0, 1, true],
    [2, 1, true],
  ]);
});
