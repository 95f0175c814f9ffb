import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { expect } from 'vitest';
import type { System } from '../system.ts';
import { until } from '../until.ts';
import { fingerprint, stands, things } from './fingerprint.ts';
import { type BadClass, type BadValue, badValuesFor, type FieldRule, type Sent } from './values.ts';

export type Body = Record<string, Sent>;
export interface Answer {
  status: number;
  text: string;
}

/** A form with everything around it that it needs to be sent rightly. */
export interface Opened {
  send(body: Body): Promise<Answer>;
  /** What is taken. Sent last. */
  good: Record<string, string | Buffer>;
  /** What the right form answers; else 303. */
  answers?: number;
  fields: Record<string, FieldRule>;
  /** What is wrong between fields. */
  together?: Together[];
  /** Before each sending: tries and codes are counted. */
  before?: () => Promise<unknown>;
  /** What the same form may leave once more, and why is said where it is given; else nothing. */
  leaves?: string[];
}

interface Together {
  class: BadClass;
  change: Record<string, string>;
  /** As in a field's rule. */
  at: string;
  /** Tables that keep what was refused. */
  leaves?: string[];
}

export interface BadForm {
  name: string;
  open(system: System): Promise<Opened>;
}

/** Opens a form, and waits until nothing is on its way around it. */
export async function openForm(system: System, { open }: BadForm): Promise<Opened> {
  const form = await open(system);
  await until(() => stands(system.owner), 'what stands around the form is done');
  return form;
}

/** @param pick which of all that can be wrong with a form are tried; each of its fields comes in at least one */
export async function hitWithBadInput(
  system: System,
  form: Opened,
  pick: (attempts: Attempt[]) => Attempt[] = (all) => all,
) {
  const wrong: string[] = [];
  for (const { what, attempt } of pick(attemptsAt(system, form))) {
    wrong.push(...(await attempt()).map((line) => `${what}: ${line}`));
  }
  expect(wrong).toEqual([]);
  await form.before?.();
  const answer = await form.send(form.good);
  expect(answer.status, problemsOf(answer.text).join(' ')).toBe(form.answers ?? 303);
  expect(await sentAgain(system, form)).toEqual([]);
}

/** A second tap, and the same page sent later under new keys: answered without a fault, and nothing is there twice. */
async function sentAgain(system: System, form: Opened): Promise<string[]> {
  const wrong: string[] = [];
  const keys = Object.fromEntries(['key', 'request'].map((name) => [name, randomUUID()]));
  const stale = Object.fromEntries(Object.entries(form.good).map(([name, sent]) => [name, keys[name] ?? sent]));
  for (const [what, body] of Object.entries({ repeated: form.good, 'grown stale': stale })) {
    await form.before?.();
    const before = await things(system.owner);
    const { status } = await form.send(body);
    const after = await things(system.owner);
    if (status >= 500) wrong.push(`${what}: answered ${status}`);
    const more = Object.keys(after).filter((table) => after[table] !== before[table] && !form.leaves?.includes(table));
    wrong.push(...more.map((table) => `${what}: ${table} has ${after[table]} instead of ${before[table]} rows`));
  }
  return wrong;
}

export interface Attempt {
  what: string;
  /** @returns one line a finding; empty is right. */
  attempt(): Promise<string[]>;
}

function attemptsAt(system: System, form: Opened): Attempt[] {
  const alone = Object.entries(form.fields).flatMap(([name, rule]) =>
    badValuesFor(rule).map((bad) => ({
      what: `${name}, ${bad.class}`,
      attempt: () => (bad.refused ? refusal(system, form, name, rule, bad) : words(system, form, name, bad)),
    })),
  );
  const together = (form.together ?? []).map(({ class: kind, change, at, leaves = [] }) => ({
    what: `${Object.keys(change).join(' and ')}, ${kind}`,
    attempt: async () => {
      const wrong = await atField(system, form, { ...form.good, ...change }, at);
      return wrong.filter((line) => !leaves.some((table) => line === hasChanged(table)));
    },
  }));
  return [...alone, ...together];
}

async function refusal(
  system: System,
  form: Opened,
  name: string,
  rule: FieldRule,
  { sent }: BadValue,
): Promise<string[]> {
  const body = { ...form.good, [name]: sent };
  if (rule.kind !== 'id') {
    const keeps = isForgotten(rule) || Buffer.isBuffer(sent) ? undefined : { name, sent };
    return atField(system, form, body, rule.at ?? `field-${name}`, keeps);
  }
  const { answer, changed } = await sendAndCompare(system, form, body);
  // A form without the id that its page put there is no form of ours.
  return [...changed, ...([400, 404, 409, 422].includes(answer.status) ? [] : [`answered ${answer.status}`])];
}

/** Secrets, choices and files are not shown again. */
const isForgotten = ({ kind, forgets }: FieldRule) => forgets || ['list', 'code', 'password', 'file'].includes(kind);

/** Markup and emoji are words: nothing is said of this field while another one is refused, and they are shown again. */
async function words(system: System, form: Opened, name: string, { sent }: BadValue): Promise<string[]> {
  const other = Object.entries(form.fields).find(
    ([one, { kind, optional }]) => one !== name && !optional && !['id', 'code', 'password', 'file'].includes(kind),
  );
  if (!other) return [];
  const [spoiled, rule] = other;
  const body = { ...form.good, [name]: sent, [spoiled]: '' };
  return atField(system, form, body, rule.at ?? `field-${spoiled}`, Buffer.isBuffer(sent) ? undefined : { name, sent });
}

async function atField(
  system: System,
  form: Opened,
  body: Body,
  at: string,
  keeps?: { name: string; sent: string | string[] },
): Promise<string[]> {
  const { answer, changed } = await sendAndCompare(system, form, body);
  // A file that is too large is refused as such.
  const allowed = Object.values(body).some(Buffer.isBuffer)
    ? [422, 413]
    : [422, ...(Array.isArray(keeps?.sent) ? [400] : [])];
  if (!allowed.includes(answer.status)) {
    return [...changed, `answered ${answer.status} ${problemsOf(answer.text).join(' ')}`];
  }
  const wrong = [...changed];
  if (answer.status === 400) return wrong;
  const $ = load(answer.text);
  if ($(`[id="${at}-error"]`).text().trim() === '') {
    wrong.push(`nothing is said at ${at}, but ${problemsOf(answer.text).join(' ') || 'nothing at all'}`);
  }
  if ($('[data-bad-input]').length > 0) wrong.push('markup became part of the page');
  if (keeps) {
    const all = $(`[name="${keeps.name}"]`);
    const marked = all.filter('[aria-invalid=true]');
    const typed = (marked.length > 0 ? marked : all).first();
    const shown = typed.is('textarea') ? typed.text() : typed.attr('value');
    const [first] = [keeps.sent].flat();
    // A parser makes U+FFFD of NUL, or nothing. What nobody sees may be gone.
    const plain = (text = '') => text.replaceAll(/[\0\ufffd\u202e]/g, '').trim();
    if (plain(shown) !== plain(first)) wrong.push(`shows ${JSON.stringify(shown)} instead of what was typed`);
  }
  return wrong;
}

async function sendAndCompare(system: System, form: Opened, body: Body) {
  await form.before?.();
  const before = await fingerprint(system.owner);
  const answer = await form.send(body);
  const after = await fingerprint(system.owner);
  const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
  return { answer, changed: changed.map(hasChanged) };
}

const hasChanged = (table: string): string => `${table} has changed`;

function problemsOf(html: string): string[] {
  const $ = load(html);
  return $('.field__error, [role=alert]')
    .map((_, one) => `${$(one).attr('id') ?? ''}: ${$(one).text().trim()}`)
    .get();
}
