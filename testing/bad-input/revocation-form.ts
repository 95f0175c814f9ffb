import { randomUUID } from 'node:crypto';
import type { BadForm } from './form.ts';
import { aPassFor, aWaitingVisit, staffAt, visitorAt } from './ground.ts';
import type { FieldRule } from './values.ts';

/** The form by which staff end a visit that was approved. */
export const revocation: BadForm = {
  name: '撤销来访',
  async open(system) {
    const visit = await aWaitingVisit(system, (await visitorAt(system, '/')).visitor);
    await aPassFor(system, visit);
    const { send } = await staffAt(system, 'approver', `/inbox/${visit.task}/revocation`);
    const good = { request: randomUUID(), revocation_whom: '', revocation_reason: 'other', revocation_text: '原因' };
    const fields: Record<string, FieldRule> = {
      request: { kind: 'id', only: ['empty', 'too long', 'markup', 'SQL', 'NUL', 'sent twice'] },
      revocation_reason: { kind: 'list' },
      revocation_text: { kind: 'text', max: 200 },
    };
    return { send, good, fields };
  },
};
