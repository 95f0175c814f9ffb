import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, findingsAt, strangeIds } from '../testing/bad-input/addresses.ts';
import { buttonForms } from '../testing/bad-input/button-forms.ts';
import { hitWithBadInput, openForm } from '../testing/bad-input/form.ts';
import { declaredRoutes } from '../testing/bad-input/routes.ts';
import { staffForms } from '../testing/bad-input/staff-forms.ts';
import { uploadForms } from '../testing/bad-input/upload-forms.ts';
import { visitorForms } from '../testing/bad-input/visitor-forms.ts';
import { staffBrowser } from '../testing/staff-browser.ts';
import { type System, startSystem } from '../testing/system.ts';
import { VisitorBrowser } from '../testing/visitor-browser.ts';

/** The whole product: every class of bad input at every field of every form. */

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

test.each([...visitorForms, ...buttonForms, ...uploadForms, ...staffForms])('$name', async (form) =>
  hitWithBadInput(system, await openForm(system, form)),
);

test('any text in place of an id, at every address, is refused without a fault', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  // Every wrong password of the forms above came from this one address.
  await system.owner('attempt').delete();
  const staff = (await staffBrowser(system.web, 'admin')) as Agent;
  const agents = { visitor: visitor.agent, staff };
  expect(await findingsAt(system, agents, await declaredRoutes(), () => strangeIds, /^[234]/)).toEqual([]);
});
