import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PolicyDocument, PolicyStep } from '../domain/policy.ts';
import type { SeatAt } from '../domain/staff-role.ts';
import { dayOf, hour } from '../domain/time.ts';
import { keepDecision } from '../store/approval/decision.ts';
import { stuckTasks } from '../store/approval/ladder.ts';
import { keepProposal } from '../store/approval/proposal.ts';
import { hasEverySignature } from '../store/approval/signature.ts';
import { alsoSigned } from '../store/approval/signing.ts';
import { couldTake } from '../store/approval/step-signers.ts';
import { keepTransfer, seatAfterDecline } from '../store/approval/transfer.ts';
import { openAdmissions, tomorrow } from '../testing/admissions.ts';
import { aPolicy, someStaff } from '../testing/policies.ts';

/** Who has to approve a visit, by the policy in force; and the proof that they did. */

const ground = openAdmissions();
const { anAsking, ids } = ground;
const owner = () => ground.database.owner;
const approver: PolicyStep = { signers: [{ role: 'approver' }], need: 1 };
const head: PolicyStep = { signers: [{ role: 'head' }], need: 1 };
const both: PolicyStep = { signers: [{ role: 'approver' }, { role: 'approver' }], need: 2 };
const document = (...steps: PolicyStep[]): PolicyDocument => ({ steps, once: true });
const university = { department: null, channel: null };
let names: Record<string, string> = {};

async function someone(name: string, ...roles: Parameters<typeof someStaff>[2][]) {
  const id = await someStaff(owner(), name, ...roles);
  names[id] = name;
  return id;
}

type Asking = Parameters<typeof ground.ask>[0];
/** `step role@department` or `step people`, one a signature. */
async function compiled(asking: Asking) {
  const answer = await ground.ask(asking);
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  const { rows } = await owner().raw('select id, name_en from department');
  const departments = new Map(rows.map((row: { id: string; name_en: string }) => [row.id, row.name_en]));
  const { signatures, steps, version } = answer.policy;
  const asked = signatures.map(
    ({ step, role = 'approver', department, people }) =>
      `${step} ${people ? people.map((id) => names[id] ?? id).join('+') : `${role}@${departments.get(department)}`}`,
  );
  return { asked, needs: steps?.map(({ need }) => need), version, signatures };
}

let above: string;
beforeEach(async () => {
  names = {};
  await owner()('staff_role').delete();
  await owner()('staff').update({ left_at: owner().fn.now(), is_admin: false });
  await owner()('staff_contact').delete();
  above ??= (
    await owner()('department').insert({ name_zh: '大学', name_en: 'U', campus_id: ground.campus }).returning('id')
  )[0].id;
  await owner()('department').where({ id: ids.department }).update({ parent_id: above });
  for (const scope of [
    university,
    { department: ids.department, channel: null },
    { department: above, channel: null },
    { department: above, channel: 'official' as const },
  ]) {
    await aPolicy(ground.database.db, scope === university ? document(approver) : null, scope);
  }
});

describe('the policy in force', () => {
  it('is that of the nearest department, for the channel before the one for both, else the university’s', async () => {
    const asked = async () => (await compiled(await anAsking())).asked;
    expect(await asked()).toEqual(['0 approver@A']);
    await aPolicy(ground.database.db, document(head), { department: above, channel: null });
    expect(await asked()).toEqual(['0 head@A']);
    await aPolicy(ground.database.db, document(approver, head), { department: above, channel: 'official' });
    expect(await asked()).toEqual(['0 approver@A', '1 head@A']);
    await aPolicy(ground.database.db, document(head, approver), { department: ids.department, channel: null });
    expect(await asked()).toEqual(['0 head@A', '1 approver@A']);
    await aPolicy(ground.database.db, null, { department: ids.department, channel: null });
    expect(await asked()).toEqual(['0 approver@A', '1 head@A']);
  });

  it('stays that of a submission that was compiled, whatever is published after', async () => {
    const asking = await anAsking();
    const before = await compiled(asking);
    await aPolicy(ground.database.db, document(head), university);
    expect(await compiled(asking)).toEqual(before);
    const after = await compiled(await anAsking());
    expect(after.version).not.toBe(before.version);
    const { db } = ground.database;
    await expect(db('approval_policy_version').update({ document: null })).rejects.toThrow(/permission denied/);
    await expect(db('required_signature').delete()).rejects.toThrow(/permission denied/);
  });

  it('asks only the steps whose condition the visit meets', async () => {
    await aPolicy(ground.database.db, document(approver, { ...head, when: { match: 'any', times: ['night'] } }));
    expect((await compiled(await anAsking())).asked).toEqual(['0 approver@A']);
    const night = { from: tomorrow, hours: 13 };
    expect((await compiled(await anAsking(night))).asked).toEqual(['0 approver@A', '1 head@A']);

    await aPolicy(ground.database.db, document(approver, { ...head, when: { match: 'any', times: ['holiday'] } }));
    const holiday = { day: dayOf(tomorrow), works: false, name_zh: '节', name_en: 'H' };
    await owner()('calendar_day').insert(holiday).onConflict('day').merge();
    expect((await compiled(await anAsking())).asked).toEqual(['0 approver@A', '1 head@A']);
    await owner()('calendar_day').where({ day: holiday.day }).delete();
    expect((await compiled(await anAsking())).asked).toEqual(['0 approver@A']);
  });
});

describe('a step with too few people', () => {
  it('climbs to the department above, and at last to the admins', async () => {
    await aPolicy(ground.database.db, document(both));
    await someone('one', ['approver', ids.department]);
    await someone('upper', ['approver', above]);
    const { asked, needs } = await compiled(await anAsking());
    expect({ asked: asked.toSorted(), needs }).toEqual({ asked: ['0 approver@A', '0 approver@U'], needs: [2] });

    await owner()('staff_role').where({ department_id: above }).delete();
    const admin = await someone('admin', ['admin', null]);
    const asking = await anAsking();
    await compiled(asking);
    const { db } = ground.database;
    expect(await db('signature_actor').where({ submission_id: asking.submission }).pluck('staff_id')).toContain(admin);
  });

  it('ends with the only admin, also where they cannot sign everything', async () => {
    await aPolicy(ground.database.db, document({ signers: [{ role: 'approver' }, { role: 'head' }], need: 2 }));
    const admin = await someone('admin');
    await owner()('staff').where({ id: admin }).update({ is_admin: true });
    const { asked, needs } = await compiled(await anAsking());
    expect({ asked, needs }).toEqual({ asked: ['0 approver@A', '0 admin'], needs: [2] });
    await someone('upper', ['approver', above]);
    expect((await compiled(await anAsking())).asked, 'who can, signs').toEqual(['0 approver@A', '0 head@A']);
  });

  it('asks the head instead of a person who left, or of a host whom nobody knows', async () => {
    const gone = await someone('gone', ['approver', ids.department]);
    const here = await someone('here', ['approver', ids.department]);
    await someone('chief', ['head', ids.department]);
    await aPolicy(
      ground.database.db,
      document({ signers: [{ person: gone }, { person: here }, { host: true }], need: 2 }),
    );
    expect((await compiled(await anAsking())).asked).toEqual(['0 gone', '0 here', '0 head@A']);
    await owner()('staff').where({ id: gone }).update({ left_at: new Date() });
    expect((await compiled(await anAsking())).asked).toEqual(['0 head@A', '0 here', '0 head@A']);
  });
});

/** As the workflow projects it. */
async function openTask(asking: Asking, signature: Awaited<ReturnType<typeof compiled>>['signatures'][number]) {
  const task = signature.task ?? '';
  await owner()('task').insert({
    id: task,
    reservation_id: asking.reservation,
    submission_id: asking.submission,
    seq: 1,
    round: 0,
    step: signature.step,
    ordinal: signature.ordinal,
    department_id: signature.department,
    role: signature.role ?? 'approver',
    people: signature.people ?? null,
    status: 'open',
    opened_at: new Date(),
    decide_by: new Date(tomorrow),
  });
  return task;
}

async function approves(staff: string, asking: Asking, task: string) {
  const request = randomUUID();
  const actor = { actor_kind: 'staff', actor_id: staff };
  await ground.database.db.transaction(async (trx) => {
    const payload = JSON.stringify({ task, verdict: 'approved' });
    await trx('request').insert({ id: request, reservation_id: asking.reservation, kind: 'decide', ...actor, payload });
    const decision = { request, reservation: asking.reservation, staff, verdict: 'approved', reason: '' } as const;
    await keepDecision(trx, ground.sealing.cipher, decision);
  });
  return { request, also: await alsoSigned(ground.database.db, request) };
}
async function proposes(staff: string, { reservation }: Asking, task: string, { from = 0, hours = 0 }) {
  const [id, until] = [randomUUID(), from + hours * hour];
  const actor = { actor_kind: 'staff', actor_id: staff };
  await ground.database.db.transaction(async (trx) => {
    const payload = JSON.stringify({ task, from, until });
    await trx('request').insert({ id, reservation_id: reservation, kind: 'propose_time', ...actor, payload });
    const decision = { request: id, reservation, staff, verdict: 'proposed', reason: '' } as const;
    await keepDecision(trx, ground.sealing.cipher, decision);
    await keepProposal(trx, { id, reservation, from: new Date(from), until: new Date(until) });
  });
  return id;
}
async function accepts({ reservation }: Asking, proposal: string, submission: string) {
  const { visitor_id } = await owner()('reservation').where({ id: reservation }).first('visitor_id');
  const payload = JSON.stringify({ proposal, accept: true, submission });
  const actor = { actor_kind: 'visitor', actor_id: visitor_id };
  await owner()('request').insert({
    id: randomUUID(),
    reservation_id: reservation,
    kind: 'answer_proposal',
    ...actor,
    payload,
  });
}
const passOn = (staff: string, asking: Asking, task: string, to: SeatAt) =>
  ground.database.db.transaction(async (trx) => {
    const request = randomUUID();
    const { reservation } = asking;
    const actor = { actor_kind: 'staff', actor_id: staff };
    const payload = JSON.stringify({ task, to });
    await trx('request').insert({ id: request, reservation_id: reservation, kind: 'transfer', ...actor, payload });
    const reason = '请代为处理';
    await keepDecision(trx, ground.sealing.cipher, { request, reservation, staff, verdict: 'transferred', reason });
    await keepTransfer(trx, { request, task, to });
    return request;
  });
/** As the workflow does once it has taken the request. */
async function moved(task: string, request: string, { department, role = 'approver', people }: SeatAt) {
  await owner()('task')
    .where({ id: task })
    .update({ department_id: department, role, people: people ?? null });
  await owner()('request').where({ id: request }).update({ status: 'answered', answer: '{}', answered_at: new Date() });
}
const isSigned = ({ submission }: Asking) =>
  hasEverySignature(ground.database.db, { cipher: ground.sealing.cipher, narrows: () => false }, submission);

describe('the proof', () => {
  it('counts in each step as many signatures as it needs, by people who may, each once', async () => {
    const [one, two, chief] = [
      await someone('one', ['approver', ids.department], ['head', above]),
      await someone('two', ['approver', ids.department]),
      await someone('chief', ['head', ids.department]),
    ];
    await aPolicy(ground.database.db, document(both, head));
    const asking = await anAsking();
    const { signatures } = await compiled(asking);
    const [first = '', second = '', last = ''] = [];
    const tasks = [first, second, last];
    for (const [n, signature] of signatures.entries()) tasks[n] = await openTask(asking, signature);
    const [a = '', b = '', c = ''] = tasks;
    expect(await isSigned(asking)).toBe(false);
    await approves(one, asking, a);
    await expect(approves(one, asking, b), 'their second of the step').rejects.toMatchObject({ code: 'task_moved' });
    await expect(approves(two, asking, c), 'no head').rejects.toMatchObject({ code: 'task_moved' });
    const third = await approves(chief, asking, c);
    expect(await isSigned(asking), 'one of two is missing').toBe(false);
    await approves(two, asking, b);
    expect(await isSigned(asking)).toBe(true);
    await owner()('request')
      .where({ id: third.request })
      .update({ status: 'refused', answer: '{}', answered_at: new Date() });
    expect(await isSigned(asking), 'the workflow refused one').toBe(false);
  });

  it('counts a signature for the later steps that its signer could sign, unless the policy asks again', async () => {
    const chief = await someone('chief', ['approver', ids.department], ['head', ids.department]);
    await aPolicy(ground.database.db, document(approver, head));
    const asking = await anAsking();
    const [first, second] = (await compiled(asking)).signatures;
    if (!first || !second) throw new Error('Two signatures are asked for');
    const { also } = await approves(chief, asking, await openTask(asking, first));
    expect(also).toEqual([second.task]);
    expect(await isSigned(asking)).toBe(true);

    await aPolicy(ground.database.db, { ...document(approver, head), once: false });
    const again = await anAsking();
    const [only] = (await compiled(again)).signatures;
    if (!only) throw new Error('Two signatures are asked for');
    expect((await approves(chief, again, await openTask(again, only))).also).toEqual([]);
    expect(await isSigned(again)).toBe(false);
  });
});

it('nobody decides on a visit of their own: known by the WeChat of both accounts', async () => {
  const own = await someone('own', ['approver', ids.department]);
  const other = await someone('other', ['approver', above]);
  const by = await ground.aVisitor();
  const openid = { openid_enc: Buffer.alloc(1), openid_hash: Buffer.from(by.visitor) };
  await owner()('visitor').where({ id: by.visitor }).update(openid);
  await owner()('staff_contact').insert({ staff_id: own, ...openid, wechat_since: new Date() });
  const asking = await anAsking({ by });
  const { asked, signatures } = await compiled(asking);
  expect(asked, 'it climbs').toEqual(['0 approver@U']);
  const [signature] = signatures;
  if (!signature) throw new Error('One signature is asked for');
  const task = await openTask(asking, { ...signature, department: ids.department });
  expect(await owner()('task_actor').where({ task_id: task }).pluck('staff_id')).toEqual([]);
  await owner()('delegation').insert({
    staff_id: own,
    delegate_id: other,
    from_at: new Date(Date.now() - 1000),
    until_at: new Date(Date.now() + 100_000),
  });
  expect(await owner()('task_actor').where({ task_id: task }).pluck('staff_id'), 'nor by a delegate').toEqual([]);
  await expect(approves(own, asking, task)).rejects.toMatchObject({ code: 'task_moved' });
  const stuck = async () => (await stuckTasks(ground.database.db, { limit: 10 })).stuck.map((one) => one.task);
  expect(await stuck(), 'there is no head').toEqual([]);
  await someone('chief', ['head', ids.department]);
  expect(await stuck(), 'it climbs at once').toEqual([task]);
  await owner()('staff_contact').delete();
  expect(await stuck()).toEqual([]);
  await approves(own, asking, task);
});

it('who proposed a time that was accepted has signed in the step, and signs nothing else of it', async () => {
  const [one, two] = [
    await someone('one', ['approver', ids.department]),
    await someone('two', ['approver', ids.department]),
  ];
  await aPolicy(ground.database.db, document(approver, both));
  const asking = await anAsking();
  const window = { from: tomorrow, hours: 3 };
  const moved = await ground.changeOf(asking, window);
  const [, a, b] = (await compiled(asking)).signatures;
  if (!a || !b) throw new Error('Three signatures are asked for');
  const task = await openTask(asking, a);
  const beside = await openTask(asking, b);
  const { db } = ground.database;
  const goesTo = (staff: string) =>
    couldTake(db, { task: beside, to: { department: ids.department, people: [staff] } });
  const proposal = await proposes(one, asking, task, window);
  expect(await goesTo(one), 'nobody has accepted').toBe(true);
  await accepts(asking, proposal, moved.submission);
  expect(await goesTo(one)).toBe(false);
  await expect(approves(one, asking, beside)).rejects.toMatchObject({ code: 'task_moved' });

  const [first, , other] = (await compiled(moved)).signatures;
  if (!first || !other) throw new Error('Three signatures are asked for');
  await owner()('task').whereIn('id', [task, beside]).delete();
  expect((await approves(one, moved, await openTask(moved, first))).also, 'one of the next step is theirs').toEqual([]);
  expect(await isSigned(moved)).toBe(false);
  await approves(two, moved, await openTask(moved, other));
  expect(await isSigned(moved)).toBe(true);
});

describe('the host of a visit', () => {
  const actors = (task: string) => owner()('task_actor').where({ task_id: task }).orderBy('via').pluck('staff_id');
  const standsIn = (staff: string, assistant: string) =>
    owner()('assistant').insert({ staff_id: staff, assistant_id: assistant });

  it('gives none of two signatures: a seat climbs without them, and the proof counts nothing of theirs', async () => {
    const host = await someone('李 教授', ['approver', ids.department], ['head', above]);
    const other = await someone('other', ['approver', ids.department]);
    const upper = await someone('upper', ['approver', above]);
    await standsIn(host, await someone('assistant'));
    await standsIn(other, host);
    await aPolicy(ground.database.db, document(both));
    const asking = await anAsking({ host: '李教授' });
    const { asked, signatures } = await compiled(asking);
    expect(asked.toSorted()).toEqual(['0 approver@A', '0 approver@U']);
    const [a = '', b = ''] = await Promise.all(
      signatures.toSorted((one) => (one.department === above ? 1 : -1)).map((one) => openTask(asking, one)),
    );
    expect([await actors(a), await actors(b)]).toEqual([[other], [upper]]);
    await expect(approves(host, asking, a)).rejects.toMatchObject({ code: 'task_moved' });
    const to = { department: above, people: [host] };
    await expect(passOn(upper, asking, b, to)).rejects.toMatchObject({ code: 'task_moved' });

    await owner()('staff').where({ id: other }).update({ left_at: new Date() });
    const { db } = ground.database;
    expect((await stuckTasks(db, { limit: 10 })).stuck, 'no head but the host').toEqual([]);
    await someone('chief', ['head', ids.department]);
    expect((await stuckTasks(db, { limit: 10 })).stuck).toEqual([
      { reservation: asking.reservation, task: a, rung: 0 },
    ]);

    await approves(upper, asking, b);
    const kept = await owner()('required_signature').where({ task_id: a }).first('not_by');
    await owner()('required_signature').where({ task_id: a }).update({ not_by: null });
    await approves(host, asking, a);
    expect(await isSigned(asking)).toBe(true);
    await owner()('required_signature').where({ task_id: a }).update(kept);
    expect(await isSigned(asking)).toBe(false);
  });

  it('gives a single one, and the one that is asked of the host, which signs no later step', async () => {
    const host = await someone('host', ['approver', ids.department]);
    const asking = await anAsking({ host: 'host' });
    const [only] = (await compiled(asking)).signatures;
    if (!only) throw new Error('One signature is asked for');
    await approves(host, asking, await openTask(asking, only));
    expect(await isSigned(asking)).toBe(true);

    const other = await someone('other', ['approver', ids.department]);
    await aPolicy(ground.database.db, document({ signers: [{ host: true }], need: 1 }, approver));
    const two = await anAsking({ host: 'host' });
    const { asked, signatures } = await compiled(two);
    expect(asked).toEqual(['0 host', '1 approver@A']);
    const [first, second] = signatures;
    if (!first || !second) throw new Error('Two signatures are asked for');
    expect((await approves(host, two, await openTask(two, first))).also).toEqual([]);
    const task = await openTask(two, second);
    await expect(approves(host, two, task)).rejects.toMatchObject({ code: 'task_moved' });
    await approves(other, two, task);
    expect(await isSigned(two)).toBe(true);
  });

  it('is everybody of the name where nobody of the department, or not one alone, has it', async () => {
    const elsewhere = await someone('host', ['approver', above]);
    const admin = await someone('admin', ['admin', null]);
    await owner()('staff').where({ id: admin }).update({ is_admin: true });
    await aPolicy(ground.database.db, document(approver, head));
    const asked = async () => (await compiled(await anAsking({ host: 'host' }))).asked;
    expect(await asked()).toEqual(['0 admin', '1 head@A']);
    await someone('host', ['approver', ids.department]);
    expect(await asked(), 'known in the department').toEqual(['0 approver@U', '1 head@A']);
    await someone('host', ['reception', ids.department]);
    expect(await asked()).toEqual(['0 admin', '1 head@A']);
    await owner()('staff').where({ id: elsewhere }).update({ name: 'nobody' });
    expect(await asked()).toEqual(['0 approver@U', '1 head@A']);
  });
});

it('a task goes nowhere that would leave another of its step with nobody, also before its workflow has moved it', async () => {
  const [one, two] = [
    await someone('one', ['approver', ids.department]),
    await someone('two', ['approver', ids.department]),
  ];
  const [only, chief] = [await someone('only', ['approver', above]), await someone('chief', ['head', ids.department])];
  await aPolicy(ground.database.db, document(both));
  const asking = await anAsking();
  const [a = '', b = ''] = await Promise.all((await compiled(asking)).signatures.map((one) => openTask(asking, one)));
  const { db } = ground.database;
  const passesOn = (staff: string, task: string, to: SeatAt) => passOn(staff, asking, task, to);
  const there = { department: above };
  expect(await couldTake(db, { task: b, to: there })).toBe(true);
  await passesOn(one, a, there);
  expect(await couldTake(db, { task: b, to: there }), 'both would be those of one person').toBe(false);
  await expect(passesOn(two, b, there)).rejects.toMatchObject({ code: 'task_moved' });
  await expect(passesOn(two, b, { department: ids.department, people: [only] })).rejects.toMatchObject({
    code: 'task_moved',
  });
  expect(await couldTake(db, { task: b, to: { department: ids.department, people: [chief] } })).toBe(true);
  await passesOn(two, b, { department: ids.department, people: [chief] });
});

describe('a step with several signatures', () => {
  /** Two signatures of a step, as they are asked. */
  async function twoOf(asking: Asking) {
    const { signatures } = await compiled(asking);
    const [a = '', b = ''] = await Promise.all(signatures.map((one) => openTask(asking, one)));
    return [a, b] as const;
  }
  const refused = { code: 'sign_other_first', status: 409 };
  const window = { from: tomorrow, hours: 3 };

  it('has the one signed first that nobody but its signer could sign', async () => {
    const [one, two] = [
      await someone('one', ['approver', ids.department]),
      await someone('two', ['approver', ids.department]),
    ];
    const assistant = await someone('assistant');
    await owner()('assistant').insert({ staff_id: one, assistant_id: assistant });
    await aPolicy(ground.database.db, document(both));
    const asking = await anAsking();
    const [a, b] = await twoOf(asking);
    const named = { department: ids.department, people: [one] };
    await moved(a, await passOn(two, asking, a, named), named);
    await expect(approves(one, asking, b), 'then nobody may sign the other').rejects.toMatchObject(refused);
    await expect(approves(assistant, asking, b), 'nor for them').rejects.toMatchObject(refused);
    await expect(proposes(one, asking, b, window), 'which would sign it').rejects.toMatchObject(refused);
    expect(await owner()('decision').where({ reservation_id: asking.reservation, verdict: 'approved' })).toEqual([]);
    await approves(one, asking, a);
    await approves(two, asking, b);
    expect(await isSigned(asking)).toBe(true);

    const other = await anAsking();
    const [c, d] = await twoOf(other);
    await moved(c, await passOn(two, other, c, named), named);
    await approves(two, other, d);
    await approves(one, other, c);
  });

  it('takes any where that completes it', async () => {
    const one = await someone('one', ['approver', ids.department]);
    await aPolicy(ground.database.db, document({ signers: [{ role: 'approver' }, { person: one }], need: 1 }));
    const asking = await anAsking();
    const [a] = await twoOf(asking);
    await approves(one, asking, a);
    expect(await isSigned(asking)).toBe(true);
  });

  it('counts an earlier signature at the place that nobody else could sign', async () => {
    const one = await someone('one', ['approver', ids.department]);
    const two = await someone('two', ['approver', ids.department]);
    await aPolicy(
      ground.database.db,
      document(approver, { signers: [{ role: 'approver' }, { person: one }], need: 2 }),
    );
    const asking = await anAsking();
    const [first, free, named] = (await compiled(asking)).signatures;
    if (!first || !free || !named) throw new Error('Three signatures are asked for');
    expect((await approves(one, asking, await openTask(asking, first))).also).toEqual([named.task]);
    await approves(two, asking, await openTask(asking, free));
    expect(await isSigned(asking)).toBe(true);
  });

  it('names nobody who signs beside it once their proposal is accepted', async () => {
    const one = await someone('one', ['approver', ids.department]);
    const two = await someone('two', ['approver', ids.department]);
    await aPolicy(ground.database.db, document(both));
    const asking = await anAsking();
    const [a, b] = await twoOf(asking);
    const proposal = await proposes(one, asking, b, window);
    const { db } = ground.database;
    const goesTo = (staff: string) => couldTake(db, { task: a, to: { department: ids.department, people: [staff] } });
    expect(await goesTo(one)).toBe(true);
    await owner()('reservation').where({ id: asking.reservation }).update({ proposal_id: proposal });
    expect([await goesTo(one), await goesTo(two)]).toEqual([false, true]);
  });

  it('climbs at once where all who hold the role have signed beside, or have left', async () => {
    const one = await someone('one', ['approver', ids.department]);
    const two = await someone('two', ['approver', ids.department]);
    await someone('chief', ['head', ids.department]);
    await aPolicy(ground.database.db, document(both));
    const asking = await anAsking();
    const [a, b] = await twoOf(asking);
    const { request } = await approves(one, asking, a);
    await owner()('task').where({ id: a }).update({ status: 'approved', decision_id: request, closed_at: new Date() });
    const stuck = async () => (await stuckTasks(ground.database.db, { limit: 10 })).stuck;
    expect(await stuck()).toEqual([]);
    await owner()('staff').where({ id: two }).update({ left_at: new Date() });
    expect(await stuck()).toEqual([{ reservation: asking.reservation, task: b, rung: 0 }]);
  });
});

it('a signature of the security desk stays with people of the desk, whoever gives it back', async () => {
  const [guard, second] = [
    await someone('guard', ['security', ids.department]),
    await someone('second', ['security', above]),
  ];
  const colleague = await someone('colleague', ['approver', ids.department], ['reception', ids.department]);
  await aPolicy(ground.database.db, document({ signers: [{ role: 'security' }], need: 1 }));
  const asking = await anAsking();
  const [signature] = (await compiled(asking)).signatures;
  if (!signature) throw new Error('One signature is asked for');
  const task = await openTask(asking, signature);
  const { db } = ground.database;
  const { department } = ids;
  for (const to of [
    { department },
    { department: above },
    { department, role: 'security' },
    { department, people: [second] },
    { department, role: 'security', people: [colleague] },
    { department, role: 'security', people: [second, colleague] },
  ] satisfies SeatAt[]) {
    await expect(passOn(guard, asking, task, to), JSON.stringify(to)).rejects.toMatchObject({ code: 'task_moved' });
  }
  const to = { department, role: 'security', people: [second] } satisfies SeatAt;
  expect(await seatAfterDecline(db, task)).toEqual(to);
  await moved(task, await passOn(guard, asking, task, to), to);
  expect(await seatAfterDecline(db, task), 'all have had it').toBeUndefined();
  await approves(second, asking, task);
  expect(await isSigned(asking)).toBe(true);
});

it('a task is named for nobody who only audits', async () => {
  const boss = await someone('boss', ['approver', ids.department]);
  const [auditor, both] = [await someone('auditor', ['auditor', null]), await someone('both', ['auditor', null])];
  await owner()('staff_role').insert({ staff_id: both, role: 'host', department_id: ids.department });
  await aPolicy(ground.database.db, document(approver));
  const asking = await anAsking();
  const [signature] = (await compiled(asking)).signatures;
  if (!signature) throw new Error('One signature is asked for');
  const task = await openTask(asking, signature);
  const named = (...people: string[]) => ({ department: ids.department, people });
  for (const people of [[auditor], [both, auditor]]) {
    await expect(passOn(boss, asking, task, named(...people))).rejects.toMatchObject({ code: 'task_moved' });
  }
  await passOn(boss, asking, task, named(both));
});

it('who is named by the policy and has come to audit alone signs nothing: the head is asked, also where it waits already', async () => {
  const [named, chief] = [
    await someone('named', ['approver', ids.department]),
    await someone('chief', ['head', ids.department]),
  ];
  await aPolicy(ground.database.db, document({ signers: [{ person: named }], need: 1 }));
  const asking = await anAsking();
  const { asked, signatures } = await compiled(asking);
  expect(asked).toEqual(['0 named']);
  const [signature] = signatures;
  if (!signature) throw new Error('One signature is asked for');
  const task = await openTask(asking, signature);
  await owner()('staff_role').where({ staff_id: named }).update({ role: 'auditor', department_id: null });
  expect((await compiled(await anAsking())).asked).toEqual(['0 head@A']);
  await expect(approves(named, asking, task)).rejects.toMatchObject({ code: 'task_moved' });
  expect(await isSigned(asking)).toBe(false);
  await approves(chief, asking, task);
  expect(await isSigned(asking)).toBe(true);
});

it('an assistant does not make a task their own by passing it on and back', async () => {
  const boss = await someone('boss', ['approver', ids.department]);
  const second = await someone('second', ['approver', ids.department]);
  const [assistant, colleague] = [await someone('assistant'), await someone('colleague')];
  await owner()('assistant').insert({ staff_id: boss, assistant_id: assistant });
  await owner()('assistant').insert({ staff_id: colleague, assistant_id: second });
  await aPolicy(ground.database.db, document(approver));
  const asking = await anAsking();
  const [signature] = (await compiled(asking)).signatures;
  if (!signature) throw new Error('One signature is asked for');
  const task = await openTask(asking, signature);
  const { department } = ids;
  const named = (id: string) => ({ department, people: [id] });
  const refused = (by: string, to: SeatAt) =>
    expect(passOn(by, asking, task, to)).rejects.toMatchObject({ code: 'task_moved' });
  await refused(boss, named(assistant));
  await refused(assistant, named(assistant));
  await moved(task, await passOn(boss, asking, task, named(colleague)), named(colleague));
  await refused(colleague, named(assistant));
  await owner()('assistant').update({ ended_at: new Date() });
  await refused(colleague, named(assistant));
  expect(await couldTake(ground.database.db, { task, to: named(second) }), 'it was their own before').toBe(true);
  await moved(task, await passOn(colleague, asking, task, named(boss)), named(boss));
  await owner()('assistant').where({ assistant_id: assistant }).update({ ended_at: null });
  await moved(task, await passOn(assistant, asking, task, named(colleague)), named(colleague));
  await owner()('transfer').update({ stand_ins: [] });
  await refused(colleague, named(assistant));
});
