import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hour, minute, second } from '../../domain/time.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { anApprovedVisit } from '../../testing/approved.ts';
import { seenAtGate } from '../../testing/seen-at-gate.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';

/** Everybody has to be found: several tablets, some of them without a network, and one list. */

type Desk = Awaited<ReturnType<typeof staffBrowser>>;
let system: System;
let first: Desk;
let second_: Desk;
let elsewhere: Desk;
let people: { reservation: string }[];
let list: string;
const password = 'correct horse battery';
beforeAll(async () => {
  system = await startSystem();
  const { campus_id: campus } = await system.owner('gate').where({ id: 'south' }).first();
  await system.owner('campus').where({ id: campus }).update({ exits_recorded: true });
  const anywhere = [{ role: 'security' as const }];
  await createStaff(system.db, { username: 'second-desk', password, name: '第二值班', roles: anywhere });
  const [far] = await system.owner('campus').insert({ number: 9, name_zh: '东校区', name_en: 'East' }).returning('id');
  const of = { campus_id: far.id, name_zh: '东校区保卫处', name_en: 'East security' };
  const [department] = await system.owner('department').insert(of).returning('id');
  const there = [{ role: 'security' as const, department: department.id }];
  await createStaff(system.db, { username: 'far-desk', password, name: '外校区值班', roles: there });
  first = await staffBrowser(system.web, 'security');
  second_ = await staffBrowser(system.web, { username: 'second-desk', password });
  elsewhere = await staffBrowser(system.web, { username: 'far-desk', password });
  people = [];
  for (const name of ['司徒一', '司徒二', '司徒三', '司徒四']) {
    const visit = await anApprovedVisit(system, { who: { name } });
    await seen(visit.reservation, 'in', minute);
    people.push(visit);
  }
  list = String((await first.post('/security/evacuations').expect(303)).headers.location);
}, 120_000);
afterAll(() => system?.stop());

const seen = (reservation: string, direction: 'in' | 'out', ago: number) =>
  seenAtGate(system.owner, reservation, direction, ago);
const keyOf = (n: number) => `${people[n]?.reservation}/0`;
const page = async (agent: Desk) => load((await agent.get(list).expect(200)).text);
const wordsOf = async (agent: Desk, n: number) =>
  (await page(agent))(`[data-person="${keyOf(n)}"] .found`)
    .text()
    .replace(/\s+/g, ' ')
    .trim();
const mark = (n: number, place: string, at = Date.now()) => ({ id: randomUUID(), person: keyOf(n), place, at });
/** As a tablet sends what it kept. */
const sends = (agent: Desk, marks: object[], status = 200) => sendsTo(agent, list, marks, status);
const sendsTo = (agent: Desk, to: string, marks: object[], status = 200) =>
  agent
    .post(`${to}/marks`)
    .type('form')
    .send({ marks: JSON.stringify(marks) })
    .expect(status);
const rows = () => system.owner('evacuation_mark').orderBy('marked_at');

test('who presses the button later comes to the same list, with whole names by building and host', async () => {
  expect((await second_.post('/security/evacuations').expect(303)).headers.location).toBe(list);
  const $ = await page(second_);
  expect($('h2').first().text()).toContain('信息科学与工程学院');
  for (const name of ['司徒一', '司徒二', '司徒三', '司徒四']) expect($('table').text()).toContain(name);
  expect($('#left').text()).toBe('4');
  // A desk of another campus has no part in these people.
  expect((await page(elsewhere))('body').text()).not.toContain('司徒');
  await sends(elsewhere, [mark(0, '东校区')]);
  expect(await rows()).toEqual([]);
  const approver = await staffBrowser(system.web, 'approver');
  await approver.get(list).expect(404);
});

test('a person is marked by a form where scripts are off, once however often it is sent', async () => {
  const key = randomUUID();
  for (const _ of [1, 2]) {
    await first
      .post(`${list}/marks`)
      .type('form')
      .send({ key, person: keyOf(0) })
      .expect(303);
  }
  expect(await wordsOf(second_, 0)).toMatch(/^已安全 · .*\d\d:\d\d · \S+$/);
  expect(await rows()).toHaveLength(1);
  await first.post(`${list}/marks`).type('form').send({ key, person: 'nobody' }).expect(400);
  await first
    .post(`${list}/marks`)
    .type('form')
    .send({ key: randomUUID(), person: `${randomUUID()}/0` })
    .expect(404);
});

test('what tablets kept without a network is one set, with who, when and where of the first', async () => {
  const [early, late] = [mark(1, '操场', Date.now() - 10 * second), mark(1, '图书馆前')];
  await sends(second_, [late, mark(2, '图书馆前', Date.now() + hour)]);
  await sends(first, [early]);
  const again = await sends(first, [early]);
  expect(again.body.safe).toHaveLength(3);
  expect(await wordsOf(second_, 1)).toMatch(/^已安全 · .* · 操场$/);
  const kept = await rows();
  expect(kept.map(({ id }) => id)).toEqual(expect.arrayContaining([early.id, late.id]));
  for (const { marked_at: at } of kept)
    expect(at.getTime(), 'a clock that is ahead says now').toBeLessThanOrEqual(Date.now());
  await sends(first, [{ ...early, person: 'x' }], 400);
  await sends(first, [{ ...mark(3, '‮'.repeat(50)) }]);
  expect(await wordsOf(second_, 3), 'a place that cannot be kept is left out').toMatch(/^已安全 · .*\d\d:\d\d · \S+$/);
});

test('somebody whom a gate saw leaving stays on the list, and the page says so', async () => {
  const visit = await anApprovedVisit(system, { who: { name: '司徒五' } });
  await seen(visit.reservation, 'in', 30 * second);
  people.push(visit);
  expect(await wordsOf(first, 4), 'who came in since has to be found too').toContain('已安全');
  expect((await page(first))('#left').text()).toBe('1');
  await seen(people[0]?.reservation ?? '', 'out', second);
  expect(await wordsOf(first, 0)).toMatch(/^已安全/);
  const gone = await anApprovedVisit(system, { who: { name: '司徒六' } });
  const evacuation = list.split('/').at(-1);
  await system
    .owner('evacuation_person')
    .insert({ evacuation_id: evacuation, reservation_id: gone.reservation, ordinal: 0 });
  await seen(gone.reservation, 'in', 20 * second);
  await seen(gone.reservation, 'out', second);
  people.push(gone);
  expect(await wordsOf(first, 5)).toBe('已离校');
  expect((await page(first))('#left').text()).toBe('1');
});

test('a desk of one campus joins the list of all of them, and shares its marks with one that began before', async () => {
  const { campus_id: campus } = await system.owner('gate').where({ id: 'south' }).first();
  const [department] = await system
    .owner('department')
    .insert({ campus_id: campus, name_zh: '本校区保卫处', name_en: 'Security here' })
    .returning('id');
  const roles = [{ role: 'security' as const, department: department.id }];
  await createStaff(system.db, { username: 'near-desk', password, name: '本校区值班', roles });
  const near = await staffBrowser(system.web, { username: 'near-desk', password });
  expect((await near.post('/security/evacuations').expect(303)).headers.location).toBe(list);

  const visit = await anApprovedVisit(system, { who: { name: '司徒七' } });
  await seen(visit.reservation, 'in', second);
  people.push(visit);
  const [of] = await system
    .owner('evacuation')
    .insert({ id: randomUUID(), campuses: [campus], started_by: (await system.owner('staff').first()).id })
    .returning('id');
  await sendsTo(near, `/security/evacuations/${of.id}`, [mark(people.length - 1, '西操场')]);
  expect(await wordsOf(first, people.length - 1)).toMatch(/^已安全 · .* · 西操场$/);
  const theirs = load((await near.get(`/security/evacuations/${of.id}`).expect(200)).text);
  expect(theirs(`[data-person="${keyOf(1)}"] .found`).text(), 'found before that began').not.toContain('操场');
});

test('nobody is taken for safe because the day, or their visit, is over: only a gate or a word says that they left', async () => {
  const visit = await anApprovedVisit(system, { who: { name: '司徒八' } });
  const evacuation = list.split('/').at(-1);
  await system
    .owner('evacuation_person')
    .insert({ evacuation_id: evacuation, reservation_id: visit.reservation, ordinal: 0 });
  await seen(visit.reservation, 'in', 25 * hour);
  people.push(visit);
  const before = Number((await page(first))('#left').text());
  await system.owner('campus').update({ exits_recorded: false });
  const words = await wordsOf(first, people.length - 1);
  expect(words).not.toContain('已离校');
  expect(words).toContain('已安全');
  expect(Number((await page(first))('#left').text())).toBe(before);
});
