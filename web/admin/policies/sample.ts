import type { Knex } from 'knex';
import type { PolicyDocument, PolicyStep } from '../../../domain/policy.ts';
import { stepsFor } from '../../../domain/policy-facts.ts';
import type { Channel } from '../../../domain/reservation.ts';
import { day, hour, minute, parseLocalDateTime, toLocalInput } from '../../../domain/time.ts';
import { decideBy, findWindowProblems } from '../../../domain/visit-window.ts';
import { findHostAccount, hostsKeptOut } from '../../../store/approval/host.ts';
import { allPolicies, type Policy, type PolicyScope } from '../../../store/approval/policy.ts';
import { actorsOf, seatsOf } from '../../../store/approval/seats.ts';
import { specialDays } from '../../../store/content/working-calendar.ts';
import { staffNames } from '../../../store/staff/staff.ts';
import { textOf } from '../../form-value.ts';
import { governing, isSameScope } from './governing.ts';

/** A visit that nobody asked for: who would have to decide it, and until when. */

const controls = ['department', 'channel', 'from', 'hours', 'persons', 'host', 'vehicle', 'minors', 'foreign'];
const nameOf = (control: string): string => `sample_${control}`;

export type SampleTexts = Record<string, string>;

/** Tomorrow at ten, for two hours. */
export function firstSample(department: string | null, now = Date.now()): SampleTexts {
  const ten = `${toLocalInput(now + day).slice(0, 10)}T10:00`;
  return {
    sample_department: department ?? '',
    sample_channel: 'personal',
    sample_from: ten,
    sample_hours: '2',
    sample_persons: '1',
  };
}

export const typedSample = (body: unknown): SampleTexts =>
  Object.fromEntries(controls.map((control) => [nameOf(control), textOf(body, nameOf(control)).trim()]));

export interface TriedStep {
  /** Its number in the document, from 1 on. */
  number: number;
  need: number;
  /** Names of those who may sign, one list a signature. */
  actors: string[][];
  /** Where the step has a time of its own: when it would end at the latest, and what happens then. */
  limit?: { at: number; late: PolicyStep['late'] };
}

export type Tried =
  | {
      ok: true;
      steps: TriedStep[];
      decideBy: number;
      /** The policy that decides such a visit, where it is not the one that is tried. */
      instead?: Governed;
      /** The visitor named somebody whom a step asks for and whom the department does not have. */
      isHostUnknown: boolean;
    }
  | { ok: false; fields: Record<string, string> };

interface Governed {
  department: string;
  channel: Channel;
  by: PolicyScope;
}

export async function trySample(
  db: Knex,
  { document, scope }: { document: PolicyDocument; scope: PolicyScope },
  texts: SampleTexts,
  departments: readonly { id: string; parent: string | null }[],
): Promise<Tried> {
  const read = readSample(texts, departments);
  if (!read.ok) return read;
  const { department, channel, from, until, persons, host, vehicle, minors, foreign } = read.visit;
  const by = governing([...(await allPolicies(db)).filter(isInForce), scope], departments, { department, channel });
  const facts = { channel, persons, from, until, vehicle, minors, foreign, calendar: await specialDays(db, from) };
  const last = decideBy({ from, until }, Date.now());
  const asked = stepsFor(document, facts);
  const named = { department, host: host || undefined };
  const hosts = await hostsKeptOut(
    db,
    asked.map(({ step }) => step),
    named,
  );
  const visited = { ...named, visiting: [], hosts };
  const steps: TriedStep[] = [];
  let opens = Date.now();
  let isHostUnknown = false;
  for (const { index, step } of asked) {
    const seats = await seatsOf(db, step, visited);
    if (host && step.signers.some((signer) => 'host' in signer))
      isHostUnknown ||= (await findHostAccount(db, named)) === undefined;
    const people = await Promise.all(seats.map((seat) => actorsOf(db, seat, visited)));
    const names = await staffNames(db, people.flat());
    const ends = Math.min(last, opens + (step.within ?? Number.POSITIVE_INFINITY) * minute);
    steps.push({
      number: index + 1,
      need: step.need,
      actors: people.map((ids) => ids.map((id) => names.get(id) ?? '')),
      ...(step.within !== undefined && { limit: { at: ends, late: step.late } }),
    });
    opens = ends;
  }
  const instead = by && !isSameScope(by, scope) ? { department, channel, by } : undefined;
  return { ok: true, steps, decideBy: last, isHostUnknown, ...(instead && { instead }) };
}

/** One that was stopped stands back for the next. */
const isInForce = ({ newest }: Policy): boolean => newest.document !== null;

interface Visit {
  department: string;
  channel: Channel;
  from: number;
  until: number;
  persons: number;
  host: string;
  vehicle: boolean;
  minors: boolean;
  foreign: boolean;
}

function readSample(
  texts: SampleTexts,
  departments: readonly { id: string }[],
): { ok: true; visit: Visit } | { ok: false; fields: Record<string, string> } {
  const text = (control: string) => texts[nameOf(control)] ?? '';
  const fields: Record<string, string> = {};
  const whole = (control: string, most: number): number => {
    const number = /^\d{1,3}$/.test(text(control)) ? Number(text(control)) : 0;
    if (number < 1 || number > most) fields[nameOf(control)] = 'policy.problem.number';
    return number;
  };
  const department = departments.find(({ id }) => id === text('department'))?.id;
  if (!department) fields.sample_department = 'field.department_empty';
  const channel = (['personal', 'official'] as const).find((one) => one === text('channel'));
  if (!channel) fields.sample_channel = 'field.choose';
  const [hours, persons] = [whole('hours', 168), whole('persons', 200)];
  const from = parseLocalDateTime(text('from'));
  const until = from && new Date(from.getTime() + Math.max(1, hours) * hour);
  const problems = findWindowProblems({ from, until }, Date.now());
  if (problems.from) fields.sample_from = problems.from;
  if (text('host').length > 60) fields.sample_host = 'field.too_long';
  if (!department || !channel || !from || !until || Object.keys(fields).length > 0) return { ok: false, fields };
  const ticked = (control: string) => text(control) === 'on';
  return {
    ok: true,
    visit: {
      department,
      channel,
      from: from.getTime(),
      until: until.getTime(),
      persons,
      host: text('host'),
      vehicle: ticked('vehicle'),
      minors: ticked('minors'),
      foreign: ticked('foreign'),
    },
  };
}
