import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Agent, findingsAt, strangeIds } from '../testing/bad-input/addresses.ts';
import { buttonForms } from '../testing/bad-input/button-forms.ts';
import { type Attempt, hitWithBadInput, openForm } from '../testing/bad-input/form.ts';
import { aWaitingVisit } from '../testing/bad-input/ground.ts';
import { hitWithWrongMarks } from '../testing/bad-input/marks.ts';
import { declaredRoutes } from '../testing/bad-input/routes.ts';
import { staffForms } from '../testing/bad-input/staff-forms.ts';
import { uploadForms } from '../testing/bad-input/upload-forms.ts';
import { visitorForms } from '../testing/bad-input/visitor-forms.ts';
import { staffBrowser } from '../testing/staff-browser.ts';
import { type System, startSystem } from '../testing/system.ts';
import { VisitorBrowser } from '../testing/visitor-browser.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

/** Editors of content are drawn from one description: two of them stand for all. */
const alike = /^content, (?!university|notice)/;
const all = [...visitorForms, ...buttonForms, ...uploadForms, ...staffForms];
const everyday = all.filter(({ name }) => !alike.test(name));

/** Three of all that can be wrong, others at each form; `npm run test:long` takes every one at every form. */
const three =
  (form: number) =>
  (all: Attempt[]): Attempt[] =>
    all.filter((_, nth) => (nth + form * 7) % Math.ceil(all.length / 3) === 0);

describe('every form writes nothing in another’s name, and what cannot be taken is refused at its field, kept as typed, and changes nothing', () => {
  test.each(all)('$name', async (form) => {
    await system.owner('attempt').delete();
    const opened = await openForm(system, form);
    await hitWithWrongMarks(system, form.name, opened);
    const nth = everyday.indexOf(form);
    if (nth >= 0) await hitWithBadInput(system, opened, three(nth));
  });
});

describe('no address answers with a fault', () => {
  test('any text in place of an id, or in the form, is refused without a fault', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const staff = (await staffBrowser(system.web, 'admin')) as Agent;
    const routes = await declaredRoutes();
    expect(routes.length).toBeGreaterThan(130);
    const paths = routes.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/admin/content', '/admin/content/guides/:campus/:kind/versions']));
    // Others at each address; the long test tries them all at all.
    const twoOf = (nth: number) => strangeIds.filter((_, one) => (one + nth) % 3 === 0);
    expect(await findingsAt(system, { visitor: visitor.agent, staff }, routes, twoOf, /^[234]/)).toEqual([]);
  });

  test('somebody else’s reservation, companion and task are nobody’s', async () => {
    const owner = await new VisitorBrowser(system).settle();
    const { reservation, task } = await aWaitingVisit(system, owner);
    const made = { name: '李雷', phone: '15900000301', party: '' };
    await owner.post('/companions/invitations', made).expect(303);
    const companion = await system.owner('companion').orderBy('id', 'desc').first('id');
    await owner.agent.get(`/companions/${companion.id}`).expect(303);
    const stranger = await new VisitorBrowser(system).settle();
    const staff = (await staffBrowser(system.web, 'otherApprover')) as Agent;
    const consent = await system
      .owner('consent')
      .where({ purpose: 'personal_information' })
      .orderBy('given_at')
      .first('id');
    const routes = await declaredRoutes();
    const below = (top: string) => routes.filter(({ path }) => path.startsWith(`${top}/:`));
    const agents = { visitor: stranger.agent, staff };
    expect(below('/reservations').length).toBeGreaterThan(7);
    const found = [
      ...(await findingsAt(system, agents, below('/reservations'), () => [reservation], /^404$/)),
      ...(await findingsAt(system, agents, below('/companions'), () => [companion.id], /^404$/)),
      ...(await findingsAt(system, agents, below('/my-data/consents'), () => [consent.id], /^404$/)),
      ...(await findingsAt(system, agents, below('/inbox'), () => [task], /^404$/)),
      ...(await findingsAt(system, agents, below('/admin/reservations'), () => [reservation], /^404$/)),
    ];
    expect(found).toEqual([]);
  });

  test('a form that is sent twice, or from a page grown stale, is one request', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const form = await visitor.visitForm();
    const sent = await Promise.all([visitor.post('/reservations', form), visitor.post('/reservations', form)]);
    expect(sent.map(({ status }) => status)).toEqual([303, 303]);
    expect(sent[0]?.headers.location).toBe(sent[1]?.headers.location);
    const again = await visitor.post('/reservations', { ...form, key: randomUUID() });
    expect(again.status).toBe(422);
    expect(again.text).toContain('id="field-from-error"');
  });
});
