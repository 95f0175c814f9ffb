import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalIn, requests, type TaskAnswer } from '../../domain/request.ts';
import type { Stage } from '../../domain/reservation.ts';
import { day, dayOf } from '../../domain/time.ts';
import { pageAgent } from '../../testing/page-agent.ts';
import { aPolicy } from '../../testing/policies.ts';
import { anOffice, type Office } from '../../testing/random-verbs/people.ts';
import { aRefusal } from '../../testing/refusing.ts';
import { aSubmittedReservation, somebody, untilReservation } from '../../testing/reservations.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { on } from '../../testing/window.ts';

/** Every answer to a task, by everybody, in every state of its visit, as its page's form sends it. */

let system: System;
let office: Office;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  office = await anOffice(system);
  const { id } = office.member('approver');
  const from_at = new Date(Date.now() - day);
  const until_at = new Date(Date.now() + day);
  await system
    .owner('delegation')
    .insert({ staff_id: id, delegate_id: office.member('delegate').id, from_at, until_at });
  await system.owner('assistant').insert({ staff_id: id, assistant_id: office.member('assistant').id });
}, 120_000);
afterAll(() => system?.stop());

interface Visit {
  reservation: string;
  task: string;
}
let phones = 30_000;
const waiting = (): Promise<Visit> =>
  aSubmittedReservation(system, { who: { ...somebody, phone: `130001${++phones}`.slice(0, 11) }, ...on(2) });

const send = async (who: string, { task }: Visit, path: string, form: Record<string, string>) =>
  (
    await office
      .member(who)
      .agent.post(`/inbox/${task}/${path}`)
      .type('form')
      .send({ request: randomUUID(), ...form })
  ).status;

async function after(path: string, form: Record<string, string>, stage: Stage): Promise<Visit> {
  const visit = await waiting();
  expect(await send('approver', visit, path, form)).toBe(303);
  await untilReservation(system, visit.reservation, (row) => row.stage === stage);
  return visit;
}

const onRung = async (rung: number): Promise<Visit> => {
  const visit = await waiting();
  await system.owner('task').where({ id: visit.task }).update({ rung });
  return visit;
};

async function passedOn(): Promise<Visit> {
  const visit = await waiting();
  expect(await send('approver', visit, ...forms.transfer)).toBe(303);
  await until(
    () => system.owner('task').where({ id: visit.task }).whereNotNull('people').first(),
    'the task is where it was passed on to',
  );
  return visit;
}

async function withSigner(): Promise<Visit> {
  const visit = await waiting();
  const [path, form] = forms.add_signer;
  expect(await send('approver', visit, path, { ...form, signer: 'one-deputy' })).toBe(303);
  return visit;
}

/** A second step, once the first is signed. */
async function behindAStep(): Promise<Visit> {
  const { department } = office;
  const roles = ['reception', 'approver'] as const;
  const steps = roles.map((role) => ({ signers: [{ role }], need: 1 }));
  await aPolicy(system.owner, { steps, once: true }, { department, channel: null });
  const visit = await waiting();
  await aPolicy(system.owner, null, { department, channel: null });
  expect(await send('reception', visit, 'decision', { verdict: 'approved' })).toBe(303);
  const second = { reservation_id: visit.reservation, step: 1, status: 'open' };
  const { id: task } = await until(() => system.owner('task').where(second).first(), 'the second step');
  return { ...visit, task };
}

/** By which the visit goes now, and for whom it is. */
async function ownPolicy(reservation: string) {
  const { id, document, department, channel } = await system
    .owner('reservation as r')
    .join('compiled_now as c', 'c.submission_id', 'r.submission_id')
    .join('approval_policy_version as v', 'v.id', 'c.version_id')
    .join('approval_policy as p', 'p.id', 'v.policy_id')
    .where('r.id', reservation)
    .first('p.id', 'v.document', 'p.department_id as department', 'p.channel');
  return { policy: { id, document }, department, channel };
}

interface State {
  /** Another step of the round stands before the task's. */
  behind?: true;
  /** Somebody was added to the task, who may be taken out again. */
  added?: true;
  stage: Stage;
  /** What the task is then. */
  status: string;
  rung?: number;
  /** Who has it since it was passed on; those who had it before are told so. */
  holder?: string;
  make(): Promise<Visit>;
}
const states: Record<string, State> = {
  waiting: { stage: 'approval', status: 'open', make: waiting },
  'on rung 3': { stage: 'approval', status: 'open', rung: 3, make: () => onRung(3) },
  'on rung 4': { stage: 'approval', status: 'open', rung: 4, make: () => onRung(4) },
  'sent back': {
    stage: 'details',
    status: 'returned',
    make: () => after('return', { return_reason: '补充' }, 'details'),
  },
  'passed on': { stage: 'approval', status: 'open', holder: 'stranger', make: passedOn },
  'with a signer added': { stage: 'approval', status: 'open', added: true, make: withSigner },
  'behind another step': { stage: 'approval', status: 'open', behind: true, make: behindAStep },
  approved: { stage: 'visit', status: 'approved', make: () => after('decision', { verdict: 'approved' }, 'visit') },
  rejected: {
    stage: 'closed',
    status: 'rejected',
    make: async () => after('decision', await aRefusal(system.owner), 'closed'),
  },
};

/** From which rung on somebody may act on a task of the department. */
const mayFrom: Record<string, number> = {
  approver: 0,
  colleague: 0,
  delegate: 0,
  assistant: 0,
  head: 3,
  deputy: 3,
  security: 4,
  reception: Number.POSITIVE_INFINITY,
  host: Number.POSITIVE_INFINITY,
  auditor: Number.POSITIVE_INFINITY,
  stranger: Number.POSITIVE_INFINITY,
  other: Number.POSITIVE_INFINITY,
  admin: Number.POSITIVE_INFINITY,
};

const later = (time: string) => `${dayOf(Date.now() + 4 * day)}T${time}`;
const forms: { [Kind in TaskAnswer]: [path: string, form: Record<string, string>] } = {
  decide: ['decision', { verdict: 'approved' }],
  return: ['return', { return_reason: '请补充' }],
  propose_time: ['proposal', { propose_from: later('10:00'), propose_until: later('12:00'), propose_note: '' }],
  transfer: ['transfer', { transfer_to: 'one-stranger', transfer_department: '', transfer_reason: '转交' }],
  decline: ['decline', { decline_reason: '与本人无关' }],
  withdraw_decision: ['withdrawal', { withdraw_reason: '看错了' }],
  add_signer: ['signers', { signer: 'one-stranger', signer_place: 'after', signer_reason: '请一并把关' }],
  remove_signer: ['signer-removals', {}],
  return_to_step: ['step-return', { return_step: '0', step_reason: '请再核对' }],
};
/** What the approver signed themselves is taken back by nobody for them. */
const takesBack = ['approver'];

/** Whether they have the task, had it before it was passed on, or never. */
function reach({ rung = 0, holder }: State, who: string): 'has' | 'had' | 'never' {
  const own = rung >= (mayFrom[who] ?? 0);
  if (holder) return who === holder ? 'has' : own ? 'had' : 'never';
  return own ? 'has' : 'never';
}

const table = Object.entries(states).flatMap(([state, at]) =>
  (Object.keys(forms) as TaskAnswer[]).flatMap((kind) =>
    Object.keys(mayFrom).map((who) => {
      const { stage, status } = at;
      const sees = reach(at, who) === 'has';
      const fits =
        kind === 'remove_signer' ? at.added === true : status === (kind === 'withdraw_decision' ? 'approved' : 'open');
      const own = kind !== 'withdraw_decision' || takesBack.includes(who);
      const taken = sees && fits && own && refusalIn(stage, kind) === undefined;
      if (sees && kind === 'return_to_step') return { state, kind, who, expected: at.behind ? 303 : 422 };
      return { state, kind, who, expected: taken ? 303 : reach(at, who) === 'never' ? 404 : 409 };
    }),
  ),
);

describe.each(Object.keys(states))('%s', (name) => {
  const state = states[name] as State;
  let shared: Visit;
  beforeAll(async () => {
    shared = await state.make();
  }, 60_000);

  test.each(table.filter((line) => line.state === name))('$who, $kind: $expected', async ({ kind, who, expected }) => {
    // What is refused changes nothing, so that all of them share a visit.
    const visit = expected === 303 ? await state.make() : shared;
    const { decision_id } = await system.owner('task').where({ id: visit.task }).first();
    const [path, form] = forms[kind];
    const decision = kind === 'withdraw_decision' ? { withdraw_decision: decision_id ?? randomUUID() } : {};
    const added = await system.owner('added_signer').where({ to_task: visit.task }).first('task_id');
    const signer = kind === 'remove_signer' ? { added_signer: added?.task_id ?? randomUUID() } : {};
    const onward = who === state.holder ? { transfer_to: 'one-reception', signer: 'one-reception' } : {};
    const { id } = office.member(who);
    const said = system.owner('request').where({ reservation_id: visit.reservation, kind, actor_id: id });
    // What brought the visit into its state.
    const before: string[] = await said.clone().pluck('id');
    expect(await send(who, visit, path, { ...form, ...decision, ...signer, ...onward })).toBe(expected);
    const kept = await said
      .clone()
      .whereNotIn('id', before)
      .where({ status: 'answered' })
      .whereRaw(`answer->>'ok' = 'true'`);
    expect(kept).toHaveLength(expected === 303 ? 1 : 0);
    const lines = await system.owner('audit').where({ subject_id: visit.reservation, actor_id: id });
    const actions: readonly string[] = requests[kind].audit;
    const own = lines.filter(({ action, detail }) => actions.includes(action) && !before.includes(detail.request));
    expect(own).toHaveLength(expected === 303 ? 1 : 0);
  });

  test.each(Object.keys(mayFrom))('%s moves it to another version of its policy', async (who) => {
    const { stage } = state;
    const moves = who === 'admin' && stage === 'approval';
    const visit = moves ? await state.make() : shared;
    const { reservation } = visit;
    const { policy, ...scope } = await ownPolicy(reservation);
    // The same once more would be no version.
    await aPolicy(system.owner, { ...policy.document, once: !policy.document.once }, scope);
    const request = randomUUID();
    const form = { batch: randomUUID(), move: `${reservation} ${request}` };
    const { status } = await office
      .member(who)
      .agent.post(`/admin/policies/${policy.id}/moves`)
      .type('form')
      .send(form);
    if (scope.department) await aPolicy(system.owner, null, scope);
    expect(status).toBe(who === 'admin' ? 303 : 404);
    const kept = await system.owner('request').where({ id: request }).first();
    const answer = moves ? { ok: true, stage: 'approval' } : { ok: false, code: refusalIn(stage, 'move_policy') };
    if (who === 'admin') expect(kept).toMatchObject({ status: moves ? 'answered' : 'refused', answer });
    else expect(kept).toBeUndefined();
  });

  // Rows that no workflow knows: taken in every state, by everybody who has the task.
  const wanted = { has: 303, had: 409, never: 404 };
  test.each(Object.keys(mayFrom))('%s claims it, and comments on it among staff', async (who) => {
    const expected = wanted[reach(state, who)];
    expect(await send(who, shared, 'claims', {})).toBe(expected);
    const comment = { key: randomUUID(), comment_to: 'staff', comment_text: '请看一下' };
    expect(await send(who, shared, 'comments', comment)).toBe(expected);
    expect(await system.owner('task_comment').where({ id: comment.key })).toHaveLength(expected === 303 ? 1 : 0);
  });
});

test('nobody answers a task without signing in', async () => {
  const visit = await waiting();
  const signedOut = pageAgent(system.web).set({ Origin: system.web });
  for (const [path, form] of Object.values(forms)) {
    const answer = await signedOut
      .post(`/inbox/${visit.task}/${path}`)
      .type('form')
      .send({ request: randomUUID(), ...form });
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toMatch(/^\/staff\/login/);
  }
  expect(await system.owner('request').where({ reservation_id: visit.reservation, actor_kind: 'staff' })).toEqual([]);
});
