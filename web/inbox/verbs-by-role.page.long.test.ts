import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalIn, requests, type TaskAnswer } from '../../domain/request.ts';
import { day, dayOf } from '../../domain/time.ts';
import { pageAgent } from '../../testing/page-agent.ts';
import { aPolicy } from '../../testing/policies.ts';
import { anOffice, type Office } from '../../testing/random-verbs/people.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { forms, type State, sender, statesOf, type Visit } from '../../testing/verbs-by-role/states.ts';

/**
 * Every answer to a task, by everybody, in every state of its visit, as its page's form sends it; and who lets whom stand in.
 */

let system: System;
let office: Office;
let send: ReturnType<typeof sender>;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  office = await anOffice(system);
  send = sender(office);
  const { id } = office.member('approver');
  const from_at = new Date(Date.now() - day);
  const until_at = new Date(Date.now() + day);
  await system
    .owner('delegation')
    .insert({ staff_id: id, delegate_id: office.member('delegate').id, from_at, until_at });
  await system.owner('assistant').insert({ staff_id: id, assistant_id: office.member('assistant').id });
}, 120_000);
afterAll(() => system?.stop());

const states = statesOf(
  () => system,
  () => office,
);

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
const everybody = Object.keys(mayFrom);
/** What the approver signed themselves is taken back by nobody for them. */
const takesBack = ['approver'];

/** Whether they have the task, had it before it was passed on, or never. */
function reach({ rung = 0, holder }: State, who: string): 'has' | 'had' | 'never' {
  const own = rung >= (mayFrom[who] ?? 0);
  if (holder) return who === holder ? 'has' : own ? 'had' : 'never';
  return own ? 'has' : 'never';
}

/** `asked`: the page takes it, so that it stands in the audit, and the process answers; what is refused before leaves nothing. */
const table = Object.entries(states).flatMap(([state, at]) =>
  (Object.keys(forms) as TaskAnswer[]).flatMap((kind) =>
    everybody.map((who) => {
      const { stage, status, inside } = at;
      const sees = reach(at, who) === 'has';
      const fits =
        kind === 'remove_signer' ? at.added === true : status === (kind === 'withdraw_decision' ? 'approved' : 'open');
      const own = kind !== 'withdraw_decision' || takesBack.includes(who);
      const asked = sees && fits && own;
      const taken = asked && refusalIn(stage, kind) === undefined && !(kind === 'withdraw_decision' && inside);
      const line = { state, kind, who, asked };
      if (sees && kind === 'return_to_step')
        return { ...line, asked: asked && at.behind, expected: at.behind ? 303 : 422 };
      return { ...line, expected: taken ? 303 : reach(at, who) === 'never' ? 404 : 409 };
    }),
  ),
);
const movesIn = ({ stage }: State) => stage === 'approval';

/** What this person asked of the visit by these answers, how much of it was taken, and lines of the audit. */
async function done({ reservation }: Visit, kind: TaskAnswer, who: string): Promise<Done> {
  const { id } = office.member(who);
  const { rows } = await system.owner.raw<{ rows: [Done] }>(
    `select
      (select count(*)::int from request where reservation_id = :reservation and kind = :kind and actor_id = :id) as asked,
      (select count(*)::int from request where reservation_id = :reservation and kind = :kind and actor_id = :id
        and status = 'answered' and answer->>'ok' = 'true') as taken,
      (select count(*)::int from audit where subject_id = :reservation and actor_id = :id
        and action = any (:actions)) as lines`,
    { reservation, kind, id, actions: [...requests[kind].audit] },
  );
  return rows[0];
}

interface Done {
  asked: number;
  taken: number;
  lines: number;
}

/** By which policy the visit goes now, and for whom that is. */
async function ownPolicy({ reservation }: Visit) {
  const { id, document, department, channel } = await system
    .owner('reservation as r')
    .join('compiled_now as c', 'c.submission_id', 'r.submission_id')
    .join('approval_policy_version as v', 'v.id', 'c.version_id')
    .join('approval_policy as p', 'p.id', 'v.policy_id')
    .where('r.id', reservation)
    .first('p.id', 'v.document', 'p.department_id as department', 'p.channel');
  return { policy: { id, document }, scope: { department, channel } };
}

describe.each(Object.keys(states))('%s', (name) => {
  const state = states[name] as State;
  const rows = table.filter((line) => line.state === name);
  /** What is refused changes nothing, so that all of them share a visit; each of the others is answered by one alone. */
  let shared: Visit;
  let visits: Visit[] = [];
  const ofItsOwn = () => {
    const visit = visits.pop();
    if (!visit) throw new Error('There are fewer visits than answers that are taken');
    return visit;
  };
  beforeAll(async () => {
    const own = rows.filter(({ expected }) => expected === 303).length + (movesIn(state) ? 1 : 0);
    [shared, ...visits] = (await state.make(1 + own)) as [Visit, ...Visit[]];
  }, 180_000);

  test('is what the table says', async () => {
    const { stage, outcome } = await system.owner('reservation').where({ id: shared.reservation }).first();
    const { status } = await system.owner('task').where({ id: shared.task }).first();
    expect({ stage, outcome, status }).toEqual({
      stage: state.stage,
      outcome: state.outcome ?? null,
      status: state.status,
    });
  });

  test.each(rows)('$who, $kind: $expected', async ({ kind, who, asked, expected }) => {
    const visit = expected === 303 ? ofItsOwn() : shared;
    const [path, form] = forms[kind];
    const named: Record<string, string> = {};
    if (kind === 'withdraw_decision') {
      const { decision_id } = await system.owner('task').where({ id: visit.task }).first('decision_id');
      named.withdraw_decision = decision_id ?? randomUUID();
    } else if (kind === 'remove_signer') {
      const added = await system.owner('added_signer').where({ to_task: visit.task }).first('task_id');
      named.added_signer = added?.task_id ?? randomUUID();
    } else if (who === state.holder) Object.assign(named, { transfer_to: 'one-reception', signer: 'one-reception' });
    const before = await done(visit, kind, who);
    expect(await send(who, visit, path, { ...form, ...named })).toBe(expected);
    const [more, taken] = [asked ? 1 : 0, expected === 303 ? 1 : 0];
    expect(await done(visit, kind, who)).toEqual({
      asked: before.asked + more,
      taken: before.taken + taken,
      lines: before.lines + more,
    });
  });

  describe('another version of its policy', () => {
    const moves = movesIn(state);
    let policy: string;
    let visit: Visit;
    beforeAll(async () => {
      visit = moves ? ofItsOwn() : shared;
      const {
        scope,
        policy: { id, document },
      } = await ownPolicy(visit);
      // The same once more would be no version.
      await aPolicy(system.owner, { ...document, once: !document.once }, scope);
      policy = id;
      return async () => {
        if (scope.department) await aPolicy(system.owner, null, scope);
      };
    });
    test.each(everybody)('%s moves it there', async (who) => {
      const request = randomUUID();
      const form = { batch: randomUUID(), move: `${visit.reservation} ${request}` };
      const moving = office.member(who).agent.post(`/admin/policies/${policy}/moves`).type('form').send(form);
      expect((await moving).status).toBe(who === 'admin' ? 303 : 404);
      const kept = await system.owner('request').where({ id: request }).first();
      const code = refusalIn(state.stage, 'move_policy');
      const answer = moves ? { ok: true, stage: 'approval' } : { ok: false, code };
      if (who === 'admin') expect(kept).toMatchObject({ status: moves ? 'answered' : 'refused', answer });
      else expect(kept).toBeUndefined();
    });
  });

  // Rows that no workflow knows: taken in every state, by everybody who has the task.
  const wanted = { has: 303, had: 409, never: 404 };
  test.each(everybody)('%s claims it, and comments on it among staff', async (who) => {
    const expected = wanted[reach(state, who)];
    expect(await send(who, shared, 'claims', {})).toBe(expected);
    const comment = { key: randomUUID(), comment_to: 'staff', comment_text: '请看一下' };
    expect(await send(who, shared, 'comments', comment)).toBe(expected);
    expect(await system.owner('task_comment').where({ id: comment.key })).toHaveLength(expected === 303 ? 1 : 0);
  });
});

describe('who stands in', () => {
  const kinds = {
    delegation: ['delegations', 'delegate'],
    assistant: ['assistants', 'assistant'],
  } as const;
  type Kind = keyof typeof kinds;
  const today = dayOf(Date.now());
  const fieldsOf = (kind: Kind, whom: string) => ({
    [kinds[kind][1]]: office.member(whom).username,
    ...(kind === 'delegation' && { from_day: today, until_day: today }),
  });
  const post = (who: string, path: string, form: object = {}) =>
    office.member(who).agent.post(path).type('form').send(form);
  const own = '/staff/standing-in';
  const byAnAdmin = (whose: string) => `/admin/staff/${office.member(whose).id}/standing-in`;
  /** What stands of what somebody gave to somebody. */
  const standing = (kind: Kind, who: string, to: string) =>
    system
      .owner(kind)
      .where({ staff_id: office.member(who).id, [`${kinds[kind][1]}_id`]: office.member(to).id, ended_at: null })
      .first('id');
  /** What somebody did, for whom, in the audit. */
  const linesOf = async (who: string, kind: Kind, whose = who): Promise<string[]> =>
    system
      .owner('audit')
      .where({ actor_id: office.member(who).id, subject_id: office.member(whose).id })
      .whereIn('action', [`${kind}_given`, `${kind}_ended`])
      .orderBy('id')
      .pluck('action');
  const standInOf = (who: string) => (who === 'stranger' ? 'reception' : 'stranger');
  const each = everybody.flatMap((who) => (Object.keys(kinds) as Kind[]).map((kind) => ({ who, kind })));

  test.each(each)('$who gives a $kind, which nobody else ends, and ends it', async ({ who, kind }) => {
    const to = standInOf(who);
    const [path] = kinds[kind];
    await post(who, `${own}/${path}`, fieldsOf(kind, to)).expect(303);
    const { id } = await standing(kind, who, to);
    for (const other of everybody.filter((one) => one !== who))
      await post(other, `${own}/${path}/${id}/end`).expect(404);
    expect(await standing(kind, who, to)).toEqual({ id });
    await post(who, `${own}/${path}/${id}/end`).expect(303);
    expect(await standing(kind, who, to)).toBeUndefined();
    expect(await linesOf(who, kind)).toEqual([`${kind}_given`, `${kind}_ended`]);
  });

  test.each(each)('$who gives no $kind to themselves, to an auditor, or in a circle', async ({ who, kind }) => {
    const to = standInOf(who);
    const [path, field] = kinds[kind];
    const refusal = async (by: string, whom: string) => {
      const refused = await post(by, `${own}/${path}`, fieldsOf(kind, whom)).expect(422);
      return load(refused.text)(`#field-${field}-error`).text().trim();
    };
    const before = await linesOf(who, kind);
    expect(await refusal(who, who)).toBe('不能填写本人');
    if (who !== 'auditor') expect(await refusal(who, 'auditor')).toContain('审计员');
    // Somebody stands in for them already, in the other way: their own stand-in may not stand in for that one.
    const [other] = (Object.keys(kinds) as Kind[]).filter((one) => one !== kind) as [Kind];
    if (who === 'auditor') return expect(await linesOf(who, kind)).toEqual(before);
    await post(to, `${own}/${kinds[other][0]}`, fieldsOf(other, who)).expect(303);
    const chain = [who, to, who].map((one) => office.member(one));
    expect(await refusal(who, to)).toContain((await namesOf(chain.map(({ id }) => id))).join(' → '));
    expect(await standing(kind, who, to)).toBeUndefined();
    expect(await linesOf(who, kind)).toEqual(before);
    const { id } = await standing(other, to, who);
    await post(to, `${own}/${kinds[other][0]}/${id}/end`).expect(303);
  });
  const namesOf = async (ids: string[]) => {
    const found: { id: string; name: string }[] = await system.owner('staff').whereIn('id', ids).select('id', 'name');
    return ids.map((id) => found.find((one) => one.id === id)?.name);
  };

  test.each(each)('$who gives and ends a $kind for somebody else as an admin alone', async ({ who, kind }) => {
    const whose = who === 'colleague' ? 'approver' : 'colleague';
    const [path] = kinds[kind];
    const may = who === 'admin';
    await post(who, `${byAnAdmin(whose)}/${path}`, fieldsOf(kind, 'stranger')).expect(may ? 303 : 404);
    expect((await standing(kind, whose, 'stranger')) !== undefined).toBe(may);
    if (!may) await post('admin', `${byAnAdmin(whose)}/${path}`, fieldsOf(kind, 'stranger')).expect(303);
    const { id } = await standing(kind, whose, 'stranger');
    await post(who, `${byAnAdmin(whose)}/${path}/${id}/end`).expect(may ? 303 : 404);
    expect((await standing(kind, whose, 'stranger')) === undefined).toBe(may);
    if (!may) await post('admin', `${byAnAdmin(whose)}/${path}/${id}/end`).expect(303);
    expect(await linesOf(who, kind, whose)).toEqual(may ? expect.arrayContaining([`${kind}_given`]) : []);
  });
});

test('nobody answers a task, or lets somebody stand in, without signing in', async () => {
  const [visit] = (await (states.waiting as State).make(1)) as [Visit];
  const signedOut = pageAgent(system.web).set({ Origin: system.web });
  const answers = Object.values(forms).map(([path, form]) => [`/inbox/${visit.task}/${path}`, form] as const);
  const given = ['delegations', 'assistants'].map((path) => [`/staff/standing-in/${path}`, {}] as const);
  for (const [path, form] of [...answers, ...given]) {
    const answer = await signedOut
      .post(path)
      .type('form')
      .send({ request: randomUUID(), ...form });
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toMatch(/^\/staff\/login/);
  }
  expect(await system.owner('request').where({ reservation_id: visit.reservation, actor_kind: 'staff' })).toEqual([]);
});
