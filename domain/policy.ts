import { z } from 'zod';
import { seats } from './staff-role.ts';

/**
 * Who has to approve a visit: ordered steps, as an office writes them. A document is one version of a policy and never
 * changes. Steps open one after another; within a step people sign in parallel until enough have.
 */

const signer = z.union([
  /** Somebody of this role of the visited department, or as it climbs from there. */
  z.strictObject({ role: z.enum(seats) }),
  /** This one person, an id of staff. */
  z.strictObject({ person: z.uuid() }),
  /** The person whom the visitor named; who is no member of staff of that department is stood in for by its head. */
  z.strictObject({ host: z.literal(true) }),
]);
export type Signer = z.infer<typeof signer>;

export const times = ['night', 'weekend', 'holiday'] as const;
export type VisitTime = (typeof times)[number];

/** When a step is asked at all. What is left out is not looked at. */
const condition = z.strictObject({
  /** Every one of these has to hold, or one is enough. */
  match: z.enum(['all', 'any']),
  channel: z.enum(['personal', 'official']).optional(),
  /** People of the party, the lead among them. */
  partyFrom: z.int().min(2).max(200).optional(),
  vehicle: z.literal(true).optional(),
  /** Hours; the visit lasts longer. */
  longerThan: z.int().min(1).max(168).optional(),
  /** The visit touches one of them. */
  times: z.array(z.enum(times)).min(1).max(times.length).optional(),
  minors: z.literal(true).optional(),
  /** Somebody is of another nationality than Chinese. */
  foreign: z.literal(true).optional(),
});
export type Condition = z.infer<typeof condition>;

const step = z.strictObject({
  signers: z.array(signer).max(10),
  /** How many of them are enough. */
  need: z.int().min(1).max(10),
  when: condition.optional(),
  /** Minutes from its opening; left out: until the visit begins. */
  within: z.int().min(10).max(14_400).optional(),
  /** What happens at the end of that time: the request ends, or deputy and head may sign as well. */
  late: z.enum(['lapse', 'climb']).optional(),
});
export type PolicyStep = z.infer<typeof step>;

export const mostSteps = 6;

const policyDocument = z.strictObject({
  steps: z.array(step).max(mostSteps),
  /** Who signed in this round signs the later steps with it, where they could. */
  once: z.boolean(),
});
export type PolicyDocument = z.infer<typeof policyDocument>;

/** What an installation begins with: one signature of the visited department. */
export const usualPolicy: PolicyDocument = { steps: [{ signers: [{ role: 'approver' }], need: 1 }], once: true };

/** @throws ZodError for what is no document of ours */
export const parsePolicy = (document: unknown): PolicyDocument => policyDocument.parse(document);

/** What is wrong with a document as a whole: a catalogue key, and the step it is about; none: all of it. */
export interface PolicyProblem {
  step?: number;
  problem: 'none' | 'always' | 'nobody' | 'need' | 'twice' | 'late' | 'empty_condition' | 'never';
}

/**
 * A step without anybody, one that can never be finished, one that nothing leads to, and visits that no step is for.
 *
 * @param channel the only one that the policy is for
 */
export function findPolicyProblems({ steps }: PolicyDocument, channel?: 'personal' | 'official'): PolicyProblem[] {
  if (steps.length === 0) return [{ problem: 'none' }];
  const found = steps.flatMap((one, step) => problemsOf(one, channel).map((problem) => ({ step, problem })));
  // Else there are visits that nobody would have to approve.
  return steps.some(({ when }) => !when) ? found : [...found, { problem: 'always' }];
}

function problemsOf({ signers, need, when, within, late }: PolicyStep, channel?: string): PolicyProblem['problem'][] {
  const problems: PolicyProblem['problem'][] = [];
  if (signers.length === 0) problems.push('nobody');
  else if (need > signers.length) problems.push('need');
  const persons = signers.flatMap((one) => ('person' in one ? [one.person] : []));
  // Each signature of a step is another person's.
  if (new Set(persons).size < persons.length) problems.push('twice');
  if ((within === undefined) !== (late === undefined)) problems.push('late');
  if (when && Object.keys(when).length === 1) problems.push('empty_condition');
  if (when?.match === 'all' && when.channel && channel && when.channel !== channel) problems.push('never');
  return problems;
}
