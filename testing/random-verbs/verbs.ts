import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { day, dayOf } from '../../domain/time.ts';
import { entered, reservationWorkflowId } from '../../workflows/messages/reservation.ts';
import type { Random } from '../random.ts';
import { aRefusal } from '../refusing.ts';
import type { VisitorBrowser } from '../visitor-browser.ts';
import { type Act, type Ground, posted } from './act.ts';
import { movingPolicy } from './moving.ts';
import type { Member } from './people.ts';

/** What anybody might send to a visit, allowed or not, as pages send it; drawn at random before anything is sent. */

interface TaskRow {
  id: string;
  status: string;
  decision_id: string | null;
}

/** One at random; most are of staff, at a task that is open. */
export async function anAct(ground: Ground): Promise<Act> {
  const { random, system, reservation } = ground;
  const tasks: TaskRow[] = await system
    .db('task')
    .where({ reservation_id: reservation })
    .orderBy(['round', 'step', 'ordinal']);
  // Where somebody was added, more often than elsewhere.
  if (random.chance(0.15) && (await hasAdded(ground))) return movingPolicy(ground);
  const dice = random.next();
  if (dice < 0.62) return ofStaff(ground, tasks);
  if (dice < 0.82) return ofVisitor(ground);
  if (dice < 0.9) return besideTask(ground, tasks);
  if (dice < 0.94) return standingIn(ground);
  if (dice < 0.98) return movingPolicy(ground);
  return comingIn(ground);
}

const hasAdded = async ({ system, reservation }: Ground): Promise<boolean> =>
  (await system
    .db('standing_signer as a')
    .join('task as t', 't.id', 'a.to_task')
    .where({ 't.reservation_id': reservation })
    .first('a.task_id')) !== undefined;

/** Somebody who may, or whom a task beside it is named for, more often than anybody. */
async function someone({ system, office, random, reservation }: Ground, task: string): Promise<Member> {
  if (random.chance(0.25)) return random.pick(office.members);
  const beside: { people: string[] }[] = await system
    .db('task')
    .where({ reservation_id: reservation, status: 'open' })
    .whereNot({ id: task })
    .whereNotNull('people');
  const named = office.members.filter(({ id }) => beside.some(({ people }) => people.includes(id)));
  if (named.length > 0 && random.chance(0.4)) return random.pick(named);
  const able: string[] = await system.db('task_actor').where({ task_id: task }).orderBy('staff_id').pluck('staff_id');
  const known = office.members.filter(({ id }) => able.includes(id));
  return random.pick(known.length > 0 ? known : office.members);
}

async function ofStaff(ground: Ground, tasks: TaskRow[]): Promise<Act> {
  const { office, random, reservation, system } = ground;
  const open = tasks.filter(({ status }) => status === 'open');
  const task = random.pick(open.length > 0 && random.chance(0.85) ? open : tasks);
  const who = await someone(ground, task.id);
  const text = random.chance(0.92) ? '随机' : ' ';
  const days = 1 + random.below(6);
  const later = `${dayOf(Date.now() + days * day)}T10:00`;
  // More often one who signs beside it anyway.
  const signers = ['approver', 'colleague', 'head', 'security'].map(office.member);
  const { username: colleague } = random.pick(random.chance(0.6) ? signers : office.members);
  const decision = tasks.find(({ id, decision_id }) => id === task.id && decision_id)?.decision_id ?? randomUUID();
  const refusal = await aRefusal(system.db);
  const added = await system
    .db('added_signer')
    .where({ to_task: task.id })
    .orderBy('added_at', 'desc')
    .first('task_id');
  const approved = tasks.filter(({ status }) => status === 'approved');
  const verbs: [weight: number, path: string, form: Record<string, string>, at?: string][] = [
    [9, 'decision', { verdict: 'approved' }],
    [1, 'decision', { ...refusal, reason: text }],
    [1.5, 'return', { return_reason: text }],
    [2, 'proposal', { propose_from: later, propose_until: later.replace('10:00', '12:00'), propose_note: text }],
    [4, 'transfer', { transfer_to: colleague, transfer_department: '', transfer_reason: text }],
    [1, 'transfer', { transfer_to: '', transfer_department: office.elsewhere, transfer_reason: text }],
    [2, 'decline', { decline_reason: text }],
    [3, 'signers', { signer: colleague, signer_place: random.pick(['before', 'after']), signer_reason: text }],
    [2, 'step-return', { return_step: String(random.below(2)), step_reason: text }],
    [1.5, 'signer-removals', { added_signer: added?.task_id ?? randomUUID() }],
    [1, 'withdrawal', { withdraw_reason: text, withdraw_decision: decision }],
    [0.6, 'revocation', { revocation_whom: '', revocation_reason: 'conduct', revocation_text: text }],
    [0.3, 'revocation', { revocation_whom: '', revocation_reason: 'conduct' }, `/admin/reservations/${reservation}`],
    [0.3, 'revocation', { revocation_whom: '', revocation_reason: 'conduct' }, `/security/visits/${reservation}`],
  ];
  const given = approved.length > 0 && random.chance(0.15) ? random.pick(approved) : undefined;
  if (given?.decision_id) {
    const signer = await whoSigned(ground, given.decision_id);
    const form = { withdraw_reason: text, withdraw_decision: given.decision_id };
    return posted(signer, `/inbox/${given.id}/withdrawal`, form);
  }
  const [, path, form, at = `/inbox/${task.id}`] = weighed(random, verbs);
  return posted(who, `${at}/${path}`, form);
}

async function whoSigned({ system, office, random }: Ground, decision: string): Promise<Member> {
  const row = await system.db('decision').where({ request_id: decision }).first('staff_id');
  return office.members.find(({ id }) => id === row?.staff_id) ?? random.pick(office.members);
}

function weighed<T extends [number, ...unknown[]]>(random: Random, items: T[]): T {
  let left = random.next() * items.reduce((sum, [weight]) => sum + weight, 0);
  for (const item of items) {
    left -= item[0];
    if (left < 0) return item;
  }
  return random.pick(items);
}

async function besideTask(ground: Ground, tasks: TaskRow[]): Promise<Act> {
  const { random } = ground;
  const { id } = random.pick(tasks);
  const who = await someone(ground, id);
  const comment = { key: randomUUID(), comment_to: random.pick(['staff', 'visitor', '']), comment_text: '请问几位？' };
  const [path, form]: [string, Record<string, string>] = random.pick([
    ['claims', {}],
    ['claims/release', {}],
    ['comments', comment],
  ]);
  return posted(who, `/inbox/${id}/${path}`, form);
}

async function standingIn({ system, office, random }: Ground): Promise<Act> {
  const who = random.pick(['approver', 'colleague', 'head', 'security', 'delegate'].map(office.member));
  const other = random.pick(['delegate', 'assistant', 'head', 'approver'].map(office.member));
  const kinds = ['delegation', 'assistant'] as const;
  const kind = random.pick(kinds);
  const given = await system.db(kind).where({ staff_id: who.id }).whereNull('ended_at').orderBy('id').first('id');
  const at = `/staff/standing-in/${kind === 'delegation' ? 'delegations' : 'assistants'}`;
  if (given) return posted(who, `${at}/${given.id}/end`, {});
  const today = dayOf(Date.now());
  const form: Record<string, string> =
    kind === 'delegation'
      ? { delegate: other.username, from_day: today, until_day: dayOf(Date.now() + day) }
      : { assistant: other.username };
  return posted(who, at, form);
}

async function comingIn({ system, reservation }: Ground): Promise<Act> {
  const event = { event: randomUUID(), reservation, ordinal: 0, gate: 'south', at: Date.now() };
  return {
    name: 'the visitor comes in',
    async send() {
      const handle = system.client.workflow.getHandle(reservationWorkflowId(reservation));
      // Somebody whose visit is over is not let in.
      await handle.signal(entered, { ...event, direction: 'in', method: 'qr' }).catch(() => undefined);
      return undefined;
    },
  };
}

async function ofVisitor(ground: Ground): Promise<Act> {
  const { system, random, reservation, visitor, office } = ground;
  const row = await system.db('reservation').where({ id: reservation }).first();
  const at = `/reservations/${reservation}`;
  const own = { name: 'visitor', agent: visitor.agent };
  const key = randomUUID();
  if (row.stage === 'details' && random.chance(0.8)) return correction(ground);
  if (row.proposal_id && random.chance(0.6))
    return posted(own, `${at}/proposal-answer`, {
      key,
      proposal: row.proposal_id,
      answer: random.pick(['accept', 'accept', 'refuse']),
    });
  const dice = random.next();
  if (dice < 0.25) return posted(own, `${at}/nudges`, { key });
  if (dice < 0.3) return posted(own, `${at}/cancellation`, { key });
  if (dice < 0.45) return posted(own, `${at}/changes/withdrawal`, { key });
  if (dice < 0.55) return posted(own, `${at}/proposal-answer`, { key, proposal: randomUUID(), answer: 'accept' });
  if (dice < 0.62) return posted({ ...own, agent: office.member('stranger').agent }, `${at}/cancellation`, { key });
  return change(ground, dayOf(Date.now() + (1 + random.below(6)) * day));
}

function change({ reservation, visitor }: Ground, to: string): Act {
  const at = `/reservations/${reservation}/changes`;
  return {
    name: `visitor changes to ${to}`,
    async send() {
      const form = await formAt(visitor, at, /\/changes$/);
      if (!form) return undefined;
      const wish = { ...form, from_day: to, from_time: '10:00', until_day: to, until_time: '12:00' };
      return (await visitor.post(at, wish)).status;
    },
  };
}

/** What was returned, submitted again. */
function correction({ reservation, visitor }: Ground): Act {
  return {
    name: 'visitor submits again',
    async send() {
      const shown = load((await visitor.agent.get(`/reservations/${reservation}`)).text);
      const link = shown('a[href*="returned="]').attr('href');
      if (!link) return undefined;
      const form = await formAt(visitor, link, /^\/reservations$/);
      if (!form) return undefined;
      const offered = load((await visitor.agent.get(link)).text);
      const department = offered('[name=department] option[selected]').attr('value') ?? '';
      const corrected = { ...form, department, channel: 'personal', host: '王建国' };
      return (await visitor.post('/reservations', corrected)).status;
    },
  };
}

/** The form as the page offers it. */
async function formAt(
  visitor: VisitorBrowser,
  path: string,
  action: RegExp,
): Promise<Record<string, string> | undefined> {
  const $ = load((await visitor.agent.get(path)).text);
  const form = $('form').filter((_, one) => action.test($(one).attr('action') ?? ''));
  if (form.length === 0) return undefined;
  return Object.fromEntries(form.serializeArray().map(({ name, value }) => [name, value]));
}
