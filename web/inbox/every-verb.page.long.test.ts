import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { day, hour, toLocalInput } from '../../domain/time.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { letStandIn } from '../../store/staff/standing-in.ts';
import { pageAgent } from '../../testing/page-agent.ts';
import { aSubmittedReservation, somebody } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, staffLogins, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';

/** Every verb of a task, by everybody, in every state: what is answered. */

const verbs = {
  approve: ['decision', { verdict: 'approved', reason: '' }],
  refuse: ['decision', { verdict: 'rejected', reason: '当天有考试' }],
  return: ['return', { return_reason: '请补充事由' }],
  propose: ['proposal', { propose_note: '' }],
  transfer: ['transfer', { transfer_to: 'holder', transfer_department: '', transfer_reason: '请代为处理' }],
  decline: ['decline', { decline_reason: '不归我审批' }],
  claim: ['claims', {}],
  comment: ['comments', { comment_to: 'staff', comment_text: '请看一下' }],
  withdraw: ['withdrawal', { withdraw_reason: '看错了' }],
} as const;
type VerbName = keyof typeof verbs;
const verbNames = Object.keys(verbs) as VerbName[];
/** Rows that no workflow knows: taken in any state by whoever may act. */
const rowsOnly: VerbName[] = ['claim', 'comment'];

const acting = ['approver', 'colleague', 'delegate', 'assistant'] as const;
const others = ['stranger', 'admin', 'signed out'] as const;
const roles = [...acting, ...others];
type Role = (typeof roles)[number];
const states = ['open', 'approved', 'refused', 'called off', 'passed on'] as const;
type State = (typeof states)[number];

/** What the answer must be. The approver decided what is decided. */
function expected(verb: VerbName, role: Role, state: State): number {
  if (role === 'signed out') return 303;
  if (role === 'stranger' || role === 'admin') return 404;
  if (state === 'passed on') return 409;
  if (rowsOnly.includes(verb)) return 303;
  if (verb === 'withdraw') return state === 'approved' && role === 'approver' ? 303 : 409;
  return state === 'open' ? 303 : 409;
}

let system: System;
const agents = {} as Record<Role, Awaited<ReturnType<typeof staffBrowser>>>;
const password = staffLogins.approver.password;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  const department = (await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first()).id;
  const made: Record<string, string> = {};
  for (const username of ['colleague', 'delegate', 'assistant', 'holder']) {
    const departments = username === 'colleague' ? [department] : [];
    made[username] = await createStaff(system.owner, { username, password, name: `王${username}`, departments });
  }
  const { id: staff } = await system.owner('staff').where({ username: 'approver' }).first();
  const [from, end] = [new Date(), new Date(Date.now() + day)];
  await system.db.transaction(async (trx) => {
    await letStandIn(trx, { kind: 'delegation', staff, standIn: made.delegate ?? '', from, until: end });
    await letStandIn(trx, { kind: 'assistant', staff, standIn: made.assistant ?? '', from, until: null });
  });
  for (const role of ['colleague', 'delegate', 'assistant'] as const) {
    agents[role] = await staffBrowser(system.web, { username: role, password });
  }
  agents.approver = await staffBrowser(system.web, 'approver');
  agents.stranger = await staffBrowser(system.web, 'otherApprover');
  agents.admin = await staffBrowser(system.web, 'admin');
  agents['signed out'] = pageAgent(system.web).set({ Origin: system.web });
});
afterAll(() => system?.stop());

let phones = 30_000;
async function taskIn(state: State): Promise<string> {
  const { task, reservation } = await aSubmittedReservation(system, {
    who: { ...somebody, phone: `130000${++phones}` },
    from: new Date(Date.now() + 5 * hour),
    until: new Date(Date.now() + 6 * hour),
  });
  if (state === 'open') return task;
  if (state === 'called off') {
    await system.owner('task').where({ id: task }).update({ status: 'withdrawn', closed_at: new Date() });
    return task;
  }
  const way = { approved: 'approve', refused: 'refuse', 'passed on': 'transfer' } as const;
  await say('approver', task, way[state]);
  const settled = { approved: { stage: 'visit' }, refused: { stage: 'closed' }, 'passed on': {} }[state];
  await until(
    () =>
      system
        .owner('reservation')
        .where({ id: reservation, ...settled })
        .first(),
    'the state is there',
  );
  return task;
}

async function say(role: Role, task: string, verb: VerbName): Promise<number> {
  const [path, texts] = verbs[verb];
  const window = {
    propose_from: toLocalInput(Date.now() + 2 * day),
    propose_until: toLocalInput(Date.now() + 2 * day + hour),
  };
  const { decision_id } = await system.owner('task').where({ id: task }).first();
  const answer = await agents[role]
    .post(`/inbox/${task}/${path}`)
    .type('form')
    .send({ request: randomUUID(), key: randomUUID(), ...texts, ...window, withdraw_decision: decision_id ?? '' });
  if (role === 'signed out') expect(answer.headers.location).toMatch(/^\/staff\/login/);
  return answer.status;
}

describe.each(states)('a task that is %s', (state) => {
  test.each(roles)('as the %s', async (role) => {
    const wanted: Record<string, number> = {};
    const found: Record<string, number> = {};
    let task = await taskIn(state);
    for (const verb of verbNames) {
      wanted[verb] = expected(verb, role, state);
      found[verb] = await say(role, task, verb);
      const consumed = state === 'open' && wanted[verb] === 303 && !rowsOnly.includes(verb) && role !== 'signed out';
      if (consumed) task = await taskIn(state);
    }
    expect(found).toEqual(wanted);
  });
});
