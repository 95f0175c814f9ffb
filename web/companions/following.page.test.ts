import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agreeAsGuardian, declare, documentOf, invite, leaveForm } from '../../testing/book-pages.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** A person who becomes ready after the visit was asked for gets a pass, a person who is taken out loses theirs; nobody else notices. */

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const people = { lead: 0, grandmother: 1, child: 2, friend: 3 };

/** Asked for and approved: the lead and a grandmother have passes; a child waits for a guardian, a friend for themself. */
async function anApprovedParty() {
  const lead = await new VisitorBrowser(system).settle();
  const friend = new VisitorBrowser(system);
  Object.assign(friend.person, { name: '钱晚来', document_number: documentOf('19950505'), sex: 'female' });
  const party = await leaveForm(lead);
  await declare(lead, { party });
  await declare(lead, { party, name: '李小童', document_number: documentOf('20180601') });
  const link = await invite(lead, { name: '钱晚来', phone: friend.phone, party });
  const sent = await lead.post('/reservations', { ...(await lead.visitForm()), party }).expect(303);
  const path = String(sent.headers.location);
  const reservation = path.split('/').at(-1) ?? '';
  const task = await until(
    () => system.db('task').where({ reservation_id: reservation }).first('id'),
    'the task is in the inbox',
  );
  const approver = await staffBrowser(system.web, 'approver');
  const waiting = (await lead.page(path))('main').text();
  const decision = { request: randomUUID(), verdict: 'approved' };
  await approver.post(`/inbox/${task.id}/decision`).type('form').send(decision).expect(303);
  await passes(reservation, [people.lead, people.grandmother]);
  return { lead, friend, link, reservation, path, waiting };
}

/** Every version of every pass, once just these people have one. */
const passes = (reservation: string, ordinals: number[]) =>
  until(async () => {
    const rows = await system.db('pass').where({ reservation_id: reservation }).orderBy(['ordinal', 'version']);
    return rows.map(({ ordinal }) => ordinal).join() === ordinals.join() && rows;
  }, `passes of ${ordinals}`);
const rowOf = (lead: VisitorBrowser, name: string) =>
  lead.page('/companions').then(($) => {
    const row = $('li').filter((_, one) => $(one).find('.row__title').text() === name);
    return /\/companions\/([0-9a-f-]{36})/.exec(row.find('a').attr('href') ?? '')?.[1] ?? '';
  });
const requests = (reservation: string, kind: string) =>
  system.db('request').where({ reservation_id: reservation, kind }).orderBy('created_at');

test('a guardian’s consent, and a companion who completes their details, each bring a pass and touch no other', async () => {
  const { lead, friend, link, reservation, path, waiting } = await anApprovedParty();
  expect(waiting).toContain('李小童（监护人尚未同意）');
  expect(waiting).toContain('钱晚来（尚未加入）');
  const child = await rowOf(lead, '李小童');
  expect((await lead.page(path))(`a[href="/guardians/new?for=${child}"]`).text()).toBe('监护人同意');
  const first = await passes(reservation, [people.lead, people.grandmother]);

  await agreeAsGuardian(system, lead, { child, phone: '15811110000' });
  const second = await passes(reservation, [people.lead, people.grandmother, people.child]);
  expect(second.slice(0, 2)).toEqual(first);
  expect((await requests(reservation, 'person_ready')).map(({ payload }) => payload.ordinal)).toEqual([people.child]);
  const frozen = await system.db('reservation_person').where({ reservation_id: reservation, ordinal: people.child });
  expect(frozen).toHaveLength(1);
  expect(frozen[0].guardian_id).not.toBeNull();

  await friend.agent.get(link).expect(303);
  await friend.register();
  await friend.agree();
  await friend.post('/join').expect(422);
  expect(await requests(reservation, 'person_ready')).toHaveLength(1);
  await friend
    .post('/profile', { ...friend.person })
    .expect(303)
    .expect('Location', '/join');
  await friend.post('/join').expect(200);
  const third = await passes(reservation, Object.values(people));
  expect(third.slice(0, 3)).toEqual(second);
  // In the friend's own hands, and in nobody else's.
  const own = third[people.friend].id;
  await friend.page(`/passes/${own}`);
  expect((await lead.page('/passes')).html()).not.toContain(own);
  expect((await lead.page(path))('main').text()).not.toMatch(/尚未加入|尚未同意/);
});

test('a companion removed from the book “also from open visits” leaves them: that pass is revoked, the others stay valid', async () => {
  const { lead, reservation, path } = await anApprovedParty();
  const [mine, theirs] = await passes(reservation, [people.lead, people.grandmother]);
  const grandmother = await rowOf(lead, '周奶奶');
  const child = await rowOf(lead, '李小童');

  await lead.post(`/companions/${child}/removal`, { party: '' }).expect(303);
  expect(await requests(reservation, 'remove_person')).toEqual([]);
  await lead.post(`/companions/${grandmother}/removal`, { everywhere: 'yes', party: '' }).expect(303);
  const revoked = await until(
    () => system.db('pass').where({ id: theirs.id }).whereNotNull('revoked_at').first(),
    'the pass is revoked',
  );
  expect(revoked).toMatchObject({ version: theirs.version, ordinal: people.grandmother });
  expect(await system.db('pass').where({ id: mine.id })).toEqual([mine]);
  const told = await system.db('gate_feed').where({ reservation_id: reservation, kind: 'revoked' });
  expect(told.map(({ gate_id, ordinal }) => [gate_id, ordinal]).toSorted()).toEqual([
    ['east', people.grandmother],
    ['south', people.grandmother],
  ]);
  const text = (await lead.page(path))('main').text();
  expect(text).not.toContain('周奶奶');
  // Without the tick the visit keeps the person that the book has lost.
  expect(text).toContain('李小童');
  const held = await system.db('quota_hold').where({ reservation_id: reservation });
  expect(held.every(({ count }) => count === 3)).toBe(true);
});
