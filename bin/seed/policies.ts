import type { PolicyDocument } from '../../domain/policy.ts';

/**
 * Policies of the demo, by the key of their department. The university's own is the one that every installation begins
 * with: one signature of the visited department.
 */
export const policies: Record<string, PolicyDocument> = {
  /** The department, and then its head, who has a working day before the deputy may sign as well. */
  chemistry: {
    steps: [
      { signers: [{ role: 'approver' }], need: 1 },
      { signers: [{ role: 'head' }], need: 1, within: 24 * 60, late: 'climb' },
    ],
    once: true,
  },
  /** Two of three at the department; at night and for many people the security desk besides. */
  economics: {
    steps: [
      { signers: [{ role: 'approver' }, { role: 'deputy' }, { role: 'head' }], need: 2 },
      { signers: [{ role: 'security' }], need: 1, when: { match: 'any', partyFrom: 10, times: ['night'] } },
    ],
    once: true,
  },
};
