import type { BadForm } from './form.ts';
import { staffAt } from './ground.ts';

/** The steps of a new policy, as they are published. */
export const policyForm: BadForm = {
  name: 'policy',
  async open(system) {
    const { send } = await staffAt(system, 'admin', '/admin/policies/new/versions');
    const departments = await system.owner('department').where({ receives: true }).pluck('id');
    const good = {
      department: departments.at(-1),
      channel: 'personal',
      steps: '1',
      version: '0',
      once: 'on',
      step_0_signer_0: 'role:approver',
      step_0_need: '1',
    };
    const fields = {
      department: { kind: 'list', optional: true },
      channel: { kind: 'list', optional: true },
      step_0_signer_0: { kind: 'list' },
      step_0_need: { kind: 'list' },
    } as const;
    const late = { step_0_within: '2', step_0_late: '' };
    const together = [
      { class: 'too long', change: { step_0_party: '12345', step_0_match: 'any' }, at: 'field-step_0_party' },
      { class: 'empty', change: late, at: 'field-step_0_late' },
    ] as const;
    return { send, good, fields, together: [...together] };
  },
};
