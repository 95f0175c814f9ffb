import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { checkDigit } from '../../domain/identity-number.ts';
import { hour, toLocalInput } from '../../domain/time.ts';
import { staffBrowser } from '../staff-browser.ts';
import type { System, staffLogins } from '../system.ts';
import { until } from '../until.ts';
import { VisitorBrowser } from '../visitor-browser.ts';
import { on } from '../window.ts';
import type { Body, Opened } from './form.ts';

/** Who sends the forms, and what stands around them. All people are made up. */

/** As a browser does: a name that is given twice is sent twice. */
export function encode(body: Body): string {
  const pairs = Object.entries(body).flatMap(([name, sent]) =>
    [sent].flat().map((value): [string, string] => [name, String(value)]),
  );
  return new URLSearchParams(pairs).toString();
}

type Sender = { post(path: string): { type(kind: string): { send(body: string): PromiseLike<Sent> } } };
type Sent = { status: number; text: string };

export const sendTo =
  (agent: Sender, path: string): Opened['send'] =>
  (body) =>
    Promise.resolve(agent.post(path).type('form').send(encode(body)));

/** A form with a file, as a browser sends it. */
export const uploadTo =
  ({ agent }: VisitorBrowser, path: string, fileName: string): Opened['send'] =>
  async ({ form_owner: mark, ...body }) => {
    // Its address says whom it was drawn for.
    const sending = agent.post(mark === undefined ? path : `${path}?form_owner=${mark}`);
    for (const [name, sent] of Object.entries(body)) {
      if (Buffer.isBuffer(sent)) sending.attach(name, sent, fileName);
      else for (const value of [sent].flat()) sending.field(name, value);
    }
    return sending;
  };

export const visitorAt = async (system: System, path: string) => {
  const visitor = await new VisitorBrowser(system).settle();
  return { visitor, send: sendTo(visitor.agent, path) };
};

export const staffAt = async (system: System, who: keyof typeof staffLogins, path: string) => {
  const agent = await signedIn(system, who);
  return { agent, send: sendTo(agent, path) };
};

type StaffAgent = ReturnType<typeof staffBrowser>;
const staff = new WeakMap<System, Map<string, StaffAgent>>();
/** Each signs in once in a system. */
function signedIn(system: System, who: keyof typeof staffLogins): StaffAgent {
  const known = staff.get(system) ?? new Map<string, StaffAgent>();
  staff.set(system, known);
  const agent = known.get(who) ?? staffBrowser(system.web, who);
  known.set(who, agent);
  return agent;
}

/** What a page's form would send as it stands. */
export function valuesOf(html: string, form: string): Record<string, string> {
  const $ = load(html);
  return Object.fromEntries(
    $(form)
      .first()
      .serializeArray()
      .map(({ name, value }) => [name, value]),
  );
}

/** As if nobody had tried anything today. */
export const forgetTries = ({ owner }: Pick<System, 'owner'>) => owner('attempt').delete();

let documents = 0;
/** An identity number of a person born on that day ('YYYYMMDD'); each is used once. */
export function aDocument(birth = '19600101'): string {
  documents += 1;
  const number = `110199${birth}${String(documents % 1000).padStart(3, '0')}`;
  return number + checkDigit(number);
}

/**
 * The minute as a form's control takes it: so many hours from 10:00 in Shanghai, so that 48 to 50 is within one day
 * whenever the tests run; what is to be past is counted from now.
 */
export const inHours = (hours: number): string =>
  toLocalInput((hours < 0 ? Date.now() : on(0).from.getTime()) + hours * hour);

/** Asked for and not decided, for the day after tomorrow. */
export async function aWaitingVisit(system: System, visitor: VisitorBrowser) {
  const form = await visitor.visitForm('official');
  const { value: department } = await departmentOf(system);
  const wish = { ...form, department, from: inHours(48), until: inHours(50) };
  const answer = await visitor.agent.post('/reservations').type('form').send(encode(wish)).expect(303);
  const [, reservation = ''] = /reservations\/([0-9a-f-]{36})/.exec(String(answer.headers.location)) ?? [];
  const task = await until(
    () => system.owner('task').where({ reservation_id: reservation, status: 'open' }).first(),
    'a task',
  );
  return { reservation, task: task.id as string };
}

/** The approver's own. */
async function departmentOf({ owner }: System): Promise<{ value: string }> {
  const row = await owner('department').where({ name_zh: '信息科学与工程学院' }).first('id');
  return { value: row.id };
}

/** Decided in the inbox, and everything that follows from it done. @returns its pass */
export async function aPassFor(system: System, { reservation, task }: { reservation: string; task: string }) {
  const { send } = await staffAt(system, 'approver', `/inbox/${task}/decision`);
  await send({ request: randomUUID(), verdict: 'approved', reason: '' });
  await until(() => system.owner('reservation').where({ id: reservation, stage: 'visit' }).first('id'), 'a visit');
  return system.owner('pass').where({ reservation_id: reservation }).first();
}

/** The answer to the question before another code. */
export function answerTo(html: string): string {
  const label = load(html)('label[for=field-challenge]').text();
  const [a = 0, b = 0] = (label.match(/\d+/g) ?? []).map(Number);
  return String(/减/.test(label) ? a - b : /更大/.test(label) ? Math.max(a, b) : a + b);
}
