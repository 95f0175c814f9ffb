import {
  type Condition,
  findPolicyProblems,
  mostSteps,
  type PolicyDocument,
  type PolicyProblem,
  type PolicyStep,
  type Signer,
} from '../../../domain/policy.ts';
import type { Channel } from '../../../domain/reservation.ts';
import { seats } from '../../../domain/staff-role.ts';
import { textOf } from '../../form-value.ts';
import { isUuid } from '../../is-uuid.ts';

/** The steps of a policy as texts of a form, and back. Control `x` of step 0 is named `step_0_x`. */

/** Signatures that the form offers a step. */
export const signerSlots = [0, 1, 2, 3] as const;
const ticks = ['vehicle', 'night', 'weekend', 'holiday', 'minors', 'foreign'] as const;
const controls = [
  ...signerSlots.map((slot) => `signer_${slot}`),
  ...['need', 'match', 'channel', 'party', 'hours', 'within', 'late'],
  ...ticks,
];

export interface PolicyForm {
  count: number;
  texts: Record<string, string>;
}

export const nameOf = (step: number, control: string): string => `step_${step}_${control}`;

/** Everything that was typed, for as many steps as the form had. */
export function typedPolicy(body: unknown): PolicyForm {
  const said = Number(textOf(body, 'steps'));
  const count = Number.isInteger(said) ? Math.min(mostSteps, Math.max(1, said)) : 1;
  const names = Array.from({ length: count }, (_, step) => controls.map((control) => nameOf(step, control))).flat();
  const texts = Object.fromEntries([...names, 'once'].map((name) => [name, textOf(body, name).trim()]));
  return { count, texts };
}

export function showPolicy({ steps, once }: PolicyDocument): PolicyForm {
  const texts: Record<string, string> = { once: once ? 'on' : '' };
  for (const [step, one] of steps.entries()) {
    for (const [control, text] of Object.entries(showStep(one))) texts[nameOf(step, control)] = text;
  }
  return { count: steps.length, texts };
}

function showStep({ signers, need, when, within, late }: PolicyStep): Record<string, string> {
  return {
    ...Object.fromEntries(signers.map((signer, slot) => [`signer_${slot}`, signerText(signer)])),
    need: need === signers.length && need > 1 ? 'all' : String(need),
    match: when?.match ?? '',
    channel: when?.channel ?? '',
    party: String(when?.partyFrom ?? ''),
    hours: String(when?.longerThan ?? ''),
    within: within === undefined ? '' : String(within / 60),
    late: late ?? '',
    ...Object.fromEntries(ticks.map((tick) => [tick, isTicked(when, tick) ? 'on' : ''])),
  };
}

const isTicked = (when: Condition | undefined, tick: (typeof ticks)[number]): boolean =>
  tick === 'night' || tick === 'weekend' || tick === 'holiday'
    ? (when?.times?.includes(tick) ?? false)
    : when?.[tick] === true;

const signerText = (signer: Signer): string => {
  if ('role' in signer) return `role:${signer.role}`;
  return 'person' in signer ? `person:${signer.person}` : 'host';
};

/** The form with a step more at its end, one less, or two exchanged; unknown acts change nothing. */
export function rearrange(form: PolicyForm, act: string): PolicyForm {
  const steps = Array.from({ length: form.count }, (_, step) =>
    Object.fromEntries(controls.map((control) => [control, form.texts[nameOf(step, control)] ?? ''])),
  );
  const [verb, number] = act.split(':');
  const step = Number(number);
  const known = Number.isInteger(step) && step >= 0 && step < steps.length;
  if (verb === 'add' && steps.length < mostSteps) steps.push({ need: '1' });
  if (verb === 'remove' && known && steps.length > 1) steps.splice(step, 1);
  if (verb === 'up' && known && step > 0) steps.splice(step - 1, 0, ...steps.splice(step, 1));
  const texts = steps.flatMap((one, at) => Object.entries(one).map(([control, text]) => [nameOf(at, control), text]));
  return { count: steps.length, texts: { ...Object.fromEntries(texts), once: form.texts.once ?? '' } };
}

export type PolicyRead = { ok: true; document: PolicyDocument } | { ok: false; fields: Record<string, string> };

/** @param people ids of staff who could sign */
export function readPolicy(
  { count, texts }: PolicyForm,
  { people, channel }: { people: ReadonlySet<string>; channel: Channel | null },
): PolicyRead {
  const fields: Record<string, string> = {};
  const steps = Array.from({ length: count }, (_, step) => readStep(step, texts, people, fields));
  const document = { steps, once: texts.once === 'on' };
  for (const problem of findPolicyProblems(document, channel ?? undefined)) {
    fields[placeOf(problem)] ??= `policy.problem.${problem.problem}`;
  }
  return Object.keys(fields).length > 0 ? { ok: false, fields } : { ok: true, document };
}

const places: Record<PolicyProblem['problem'], string> = {
  none: 'signer_0',
  nobody: 'signer_0',
  twice: 'signer_0',
  need: 'need',
  late: 'late',
  always: 'match',
  empty_condition: 'match',
  never: 'channel',
};
const placeOf = ({ step = 0, problem }: PolicyProblem): string => nameOf(step, places[problem]);

function readStep(
  step: number,
  texts: Record<string, string>,
  people: ReadonlySet<string>,
  fields: Record<string, string>,
): PolicyStep {
  const text = (control: string) => texts[nameOf(step, control)] ?? '';
  const wrong = (control: string, problem: string) => {
    fields[nameOf(step, control)] = problem;
    return undefined;
  };
  const signers = signerSlots.flatMap((slot) => {
    const typed = text(`signer_${slot}`);
    if (typed === '') return [];
    const signer = readSigner(typed, people);
    return signer ?? wrong(`signer_${slot}`, personIn(typed) ? 'policy.problem.person' : 'field.choose') ?? [];
  });
  const number = (control: string, { least, most }: { least: number; most: number }): number | undefined => {
    const typed = text(control);
    if (typed === '') return undefined;
    const isWhole = /^\d{1,4}$/.test(typed) && Number(typed) >= least && Number(typed) <= most;
    return isWhole ? Number(typed) : wrong(control, 'policy.problem.number');
  };
  const choice = <T extends string>(control: string, choices: readonly T[]): T | undefined => {
    const typed = text(control);
    return choices.find((one) => one === typed) ?? (typed === '' ? undefined : wrong(control, 'field.choose'));
  };
  const need = choice('need', ['1', '2', '3', 'all']) ?? wrong('need', fields[nameOf(step, 'need')] ?? 'field.choose');
  const hours = number('within', { least: 1, most: 240 });
  const late = choice('late', ['lapse', 'climb']);
  const when = readCondition({ text, number, choice, wrong });
  return {
    signers,
    need: need === 'all' ? Math.max(1, signers.length) : Number(need ?? 1),
    ...(when && { when }),
    ...(hours !== undefined && { within: hours * 60 }),
    ...(late && { late }),
  };
}

interface Reading {
  text(control: string): string;
  number(control: string, bounds: { least: number; most: number }): number | undefined;
  choice<T extends string>(control: string, choices: readonly T[]): T | undefined;
  wrong(control: string, problem: string): undefined;
}

function readCondition({ text, number, choice, wrong }: Reading): Condition | undefined {
  const match = choice('match', ['all', 'any']);
  const channel = choice('channel', ['personal', 'official']);
  const partyFrom = number('party', { least: 2, most: 200 });
  const longerThan = number('hours', { least: 1, most: 168 });
  const ticked = (names: readonly string[]) => names.filter((name) => text(name) === 'on');
  const times = ticked(['night', 'weekend', 'holiday']) as NonNullable<Condition['times']>;
  const rest = {
    ...(channel && { channel }),
    ...(partyFrom !== undefined && { partyFrom }),
    ...(longerThan !== undefined && { longerThan }),
    ...(times.length > 0 && { times }),
    ...Object.fromEntries(ticked(['vehicle', 'minors', 'foreign']).map((name) => [name, true as const])),
  };
  if (match) return { match, ...rest };
  if (Object.keys(rest).length > 0) wrong('match', 'policy.problem.match');
  return undefined;
}

function readSigner(text: string, people: ReadonlySet<string>): Signer | undefined {
  if (text === 'host') return { host: true };
  const [kind, value = ''] = text.split(':');
  const role = seats.find((one) => one === value);
  if (kind === 'role' && role) return { role };
  const person = personIn(text);
  return person && people.has(person) ? { person } : undefined;
}

function personIn(text: string): string | undefined {
  const id = text.startsWith('person:') ? text.slice('person:'.length) : '';
  return isUuid(id) ? id : undefined;
}

/** Ids of everybody whom the form names, in whatever step. */
export const peopleIn = ({ texts }: PolicyForm): string[] =>
  Object.values(texts).flatMap((text) => personIn(text) ?? []);
