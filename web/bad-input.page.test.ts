import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprint } from '../testing/bad-input/fingerprint.ts';
import { hitWithBadInput } from '../testing/bad-input/form.ts';
import { aWaitingVisit, encode } from '../testing/bad-input/ground.ts';
import { declaredRoutes, isStaff, type Route } from '../testing/bad-input/routes.ts';
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

/** A fifth of the product of classes and fields, shifted for each form; `npm run test:long` takes all of it. */
const everyFifth = (form: number) => (nth: number) => (nth + form) % 5 === 0;

describe('what cannot be taken is refused at its field, kept as typed, and changes nothing', () => {
  test.each([...visitorForms, ...uploadForms, ...staffForms].map((form, nth) => ({ form, nth, name: form.name })))(
    '$name',
    ({ form, nth }) => hitWithBadInput(system, form, everyFifth(nth)),
  );
});

describe('no address answers with a fault', () => {
  const garbage = {
    id: randomUUID(),
    key: '\0',
    party: '\0',
    channel: "'; DROP TABLE visitor;--",
    return: '//evil.example',
    back: '\0',
    phone: ['\0', '字'.repeat(2_000)],
    plate: '\0',
    kind: '\0',
    lang: '\0',
    day: '2026-02-30',
  };
  const strange = [
    '%00',
    '1%27%20or%201%3D1--',
    '%F0%9F%99%82',
    '%E2%80%AE',
    '..%2f..%2fetc%2fpasswd',
    'a'.repeat(300),
  ];

  async function answers(agents: { visitor: Agent; staff: Agent }, routes: Route[], ids: string[], wanted: RegExp) {
    const wrong: string[] = [];
    const before = await fingerprint(system.owner);
    for (const { method, path } of routes) {
      const agent = isStaff(path) ? agents.staff : agents.visitor;
      for (const id of path.includes(':') ? ids : ['']) {
        const address = path.replaceAll(/:\w+/g, id);
        const asked = method === 'get' ? agent.get(address) : agent.post(address).type('form').send(encode(garbage));
        const { status } = await asked.redirects(0);
        if (!wanted.test(String(status))) wrong.push(`${method} ${address} answered ${status}`);
      }
    }
    const after = await fingerprint(system.owner);
    return [...wrong, ...Object.keys(after).filter((table) => after[table] !== before[table])];
  }
  type Agent = VisitorBrowser['agent'];

  test('whatever stands where an id belongs, or in the form', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const staff = (await staffBrowser(system.web, 'admin')) as Agent;
    const routes = declaredRoutes();
    expect(routes.length).toBeGreaterThan(80);
    expect(await answers({ visitor: visitor.agent, staff }, routes, strange, /^[234]/)).toEqual([]);
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
    const below = (top: string) => declaredRoutes().filter(({ path }) => path.startsWith(`${top}/:`));
    const agents = { visitor: stranger.agent, staff };
    expect(below('/reservations').length).toBeGreaterThan(7);
    const found = [
      ...(await answers(agents, below('/reservations'), [reservation], /^404$/)),
      ...(await answers(agents, below('/companions'), [companion.id], /^404$/)),
      ...(await answers(agents, below('/my-data/consents'), [consent.id], /^404$/)),
      ...(await answers(agents, below('/inbox'), [task], /^404$/)),
      ...(await answers(agents, below('/admin/reservations'), [reservation], /^404$/)),
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
