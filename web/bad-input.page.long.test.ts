import { afterAll, beforeAll, test } from 'vitest';
import { hitWithBadInput } from '../testing/bad-input/form.ts';
import { staffForms } from '../testing/bad-input/staff-forms.ts';
import { uploadForms } from '../testing/bad-input/upload-forms.ts';
import { visitorForms } from '../testing/bad-input/visitor-forms.ts';
import { type System, startSystem } from '../testing/system.ts';

/** The whole product: every class of bad input at every field of every form. */

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

test.each([...visitorForms, ...uploadForms, ...staffForms])('$name', (form) => hitWithBadInput(system, form));
