import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hour } from '../../domain/time.ts';
import { openAdmissions } from '../../testing/admissions.ts';
import { rungsAhead, stuckTasks } from './ladder.ts';
import { actorsOf, actorsOfEach } from './seats.ts';

/** Who may act on a task at this moment, and by what right. */

const ground = openAdmissions();
const task = randomUUID();
let school: string;
let university: string;
const people: Record<string, string> = {};

const owner = () => ground.database.owner;
async function someone(name: string, ...roles: [role: string, department: string | undefined | null][]) {
  const id = randomUUID();
  people[id] = name;
  const username = `s${id.slice(0, 8)}`;
  await owner()('staff').insert({ id, username, password_hash: '-', name, is_admin: name === 'admin' });
  for (const [role, department] of roles) await give(id, role, department);
  return id;
}
const give = (staff: string, role: string, department: string | undefined | null) =>
  owner()('staff_role').insert({ staff_id: staff, role, department_id: department ?? null });
async function aDepartment(): Promise<string> {
  const { campus_id } = await owner()('department').where({ id: school }).first();
  const [made] = await owner()('department')
    .insert({ campus_id, name_zh: '别处', name_en: 'Elsewhere' })
    .returning('id');
  return made.id;
}
const leaves = (staff: string) => owner()('staff').where({ id: staff }).update({ left_at: owner().fn.now() });

/** `name way`, or `name way for name`, sorted. */
async function actors() {
  const rows = await ground.database.db('task_actor').where({ task_id: task });
  return rows
    .map((row) => `${people[row.staff_id]} ${row.via}${row.behalf ? ` for ${people[row.behalf]}` : ''}`)
    .sort();
}
const ask = (change: object) => owner()('task').where({ id: task }).update(change);

beforeAll(async () => {
  const { reservation, submission } = await ground.anAsking();
  const visit = await owner()('submission').where({ id: submission }).first();
  school = visit.department_id;
  const name = { name_zh: '大学', name_en: 'University' };
  const [above] = await owner()('department')
    .insert({ ...name, campus_id: visit.campus_id })
    .returning('id');
  university = above.id;
  await owner()('department').where({ id: school }).update({ parent_id: university });
  const { id: version } = await owner()('approval_policy_version').first('id');
  const policy = { submission_id: submission, version_id: version, once: false, steps: JSON.stringify([{ need: 1 }]) };
  await owner()('compiled_policy').insert(policy);
  await owner()('task').insert({
    id: task,
    reservation_id: reservation,
    submission_id: submission,
    seq: 1,
    round: 1,
    step: 0,
    ordinal: 0,
    department_id: school,
    status: 'open',
    opened_at: owner().fn.now(),
    decide_by: owner().raw(`now() + interval '1 day'`),
  });
});
beforeEach(async () => {
  await owner()('delegation').delete();
  await owner()('assistant').delete();
  await owner()('staff_contact').delete();
  await owner()('staff_role').delete();
  await owner()('staff').update({ left_at: owner().fn.now(), is_admin: false });
  await ask({ role: 'approver', people: null, rung: 0 });
});

it('a role is acted for where it is held, else above, else by the university’s, else by the admins', async () => {
  await someone('admin');
  expect(await actors()).toEqual(['admin own']);
  await someone('anywhere', ['approver', null]);
  expect(await actors()).toEqual(['anywhere own']);
  await someone('above', ['approver', university]);
  expect(await actors()).toEqual(['above own']);
  const here = await someone('here', ['approver', school], ['head', school]);
  expect(await actors()).toEqual(['here own']);
  await leaves(here);
  expect(await actors()).toEqual(['above own']);
});

it('another role, or named people, instead of the approvers; of those who all left, the head', async () => {
  await someone('approver', ['approver', school]);
  await someone('guard', ['security', null]);
  await someone('head', ['head', university]);
  await ask({ role: 'security' });
  expect(await actors()).toEqual(['guard own']);
  const [one, two] = [await someone('one'), await someone('two')];
  await ask({ people: [one, two] });
  expect(await actors()).toEqual(['one own', 'two own']);
  await leaves(one);
  expect(await actors()).toEqual(['two own']);
  await leaves(two);
  expect(await actors()).toEqual(['head ladder']);
});

it('rungs of the ladder let others act beside those whose it is', async () => {
  await someone('approver', ['approver', school]);
  await someone('deputy', ['deputy', school]);
  await someone('head', ['head', university]);
  await someone('guard', ['security', null]);
  await ask({ rung: 2 });
  expect(await actors()).toEqual(['approver own']);
  await ask({ rung: 3 });
  expect(await actors()).toEqual(['approver own', 'deputy ladder', 'head ladder']);
  await ask({ rung: 4 });
  expect(await actors()).toEqual(['approver own', 'deputy ladder', 'guard ladder', 'head ladder']);
});

it('a delegate acts for a time, an assistant until that ends, and neither after they left', async () => {
  const approver = await someone('approver', ['approver', school]);
  const [delegate, assistant] = [await someone('delegate'), await someone('assistant')];
  const from = (hours: number) => new Date(Date.now() + hours * hour);
  const delegation = { staff_id: approver, delegate_id: delegate };
  await owner()('delegation').insert({ ...delegation, from_at: from(1), until_at: from(2) });
  await owner()('delegation').insert({ ...delegation, from_at: from(-2), until_at: from(-1) });
  expect(await actors()).toEqual(['approver own']);
  await owner()('delegation').insert({ ...delegation, from_at: from(-1), until_at: from(1) });
  await owner()('assistant').insert({ staff_id: approver, assistant_id: assistant });
  expect(await actors()).toEqual([
    'approver own',
    'assistant assistant for approver',
    'delegate delegate for approver',
  ]);
  await owner()('assistant').update({ ended_at: owner().fn.now() });
  await leaves(delegate);
  expect(await actors()).toEqual(['approver own']);
});

it('nobody acts who has come to audit alone since they were named, or let stand in', async () => {
  const approver = await someone('approver', ['approver', school]);
  const stands: string[] = [];
  for (const name of ['delegate', 'assistant', 'named']) stands.push(await someone(name, ['host', school]));
  const [delegate = '', assistant = '', named = ''] = stands;
  const days = { from_at: new Date(Date.now() - hour), until_at: new Date(Date.now() + hour) };
  await owner()('delegation').insert({ staff_id: approver, delegate_id: delegate, ...days });
  await owner()('assistant').insert({ staff_id: approver, assistant_id: assistant });
  const all = ['approver own', 'assistant assistant for approver', 'delegate delegate for approver'];
  expect(await actors()).toEqual(all);
  for (const id of stands) await give(id, 'auditor', null);
  expect(await actors(), 'beside another role they may').toEqual(all);
  await owner()('staff_role').where({ role: 'host' }).delete();
  expect(await actors()).toEqual(['approver own']);
  await someone('head', ['head', school]);
  await ask({ people: [approver, named] });
  expect(await actors()).toEqual(['approver own']);
  await ask({ people: [named] });
  expect(await actors(), 'the task climbs').toEqual(['head ladder']);
  expect((await rungsAhead(ground.database.db, [task])).get(task)).toEqual([1, 2]);
  await owner()('staff_role').where({ staff_id: named }).delete();
  expect(await actors()).toEqual(['named own']);
});

it('a rung lets nobody act in place of a deputy, a head or a desk that nobody is', async () => {
  await someone('admin');
  await someone('approver', ['approver', school]);
  await someone('elsewhere', ['deputy', await aDepartment()], ['head', await aDepartment()]);
  await ask({ rung: 4 });
  expect(await actors()).toEqual(['approver own']);
  await someone('head', ['head', university]);
  expect(await actors()).toEqual(['approver own', 'head ladder']);
});

it('a signature of the security desk is given by no department', async () => {
  await someone('head', ['head', school]);
  await someone('guard', ['security', null]);
  await ask({ role: 'security', rung: 4 });
  expect((await actors()).filter((one) => one.startsWith('head'))).toEqual([]);
});

describe('the rungs ahead', () => {
  const ahead = async () => (await rungsAhead(ground.database.db, [task])).get(task);

  it('are those that have somebody', async () => {
    const approver = await someone('approver', ['approver', school]);
    expect(await ahead()).toEqual([1, 2]);
    await someone('guard', ['security', null]);
    expect(await ahead()).toEqual([1, 2, 4]);
    // One person in two offices is asked once.
    await give(approver, 'head', school);
    expect(await ahead()).toEqual([1, 2, 4]);
    await someone('deputy', ['deputy', school]);
    expect(await ahead()).toEqual([1, 2, 3, 4]);
    await ask({ rung: 3 });
    expect(await ahead()).toEqual([4]);
    await ask({ rung: 4 });
    expect(await ahead()).toEqual([]);
  });

  it('are asked only of a task that is in the rows', async () => {
    await expect(rungsAhead(ground.database.db, [task, randomUUID()])).rejects.toThrow('not in the rows');
  });
});

describe('a task is stuck', () => {
  const stuck = async () => (await stuckTasks(ground.database.db, { limit: 10 })).stuck.map(({ rung }) => rung);
  const contact = (staff: string, fault: string | null, wechat = false) =>
    owner()('staff_contact')
      .insert({
        staff_id: staff,
        email_enc: Buffer.alloc(1),
        email_since: new Date(),
        email_fault: fault,
        email_fault_at: fault && new Date(),
        ...(wechat && { openid_enc: Buffer.alloc(1), openid_hash: Buffer.from(staff), wechat_since: new Date() }),
      })
      .onConflict('staff_id')
      .merge();

  it('where the last address of those who may act is at fault, and a rung ahead has somebody', async () => {
    const [one, two] = [await someone('one', ['approver', school]), await someone('two', ['approver', school])];
    await someone('head', ['head', school]);
    expect(await stuck()).toEqual([]);
    await contact(one, 'bounced');
    await contact(two, null);
    expect(await stuck()).toEqual([]);
    await contact(two, 'refused');
    expect(await stuck()).toEqual([0]);
    expect((await rungsAhead(ground.database.db, [task])).get(task)).toEqual([3]);
    await contact(two, 'refused', true);
    expect(await stuck()).toEqual([]);
    const wechat = (change: object) => owner()('staff_contact').where({ staff_id: two }).update(change);
    await wechat({ wechat_fault: 'blocked', wechat_fault_at: new Date() });
    expect(await stuck(), 'their WeChat takes nothing either').toEqual([0]);
    await wechat({ email_enc: null, email_since: null, email_fault: null, email_fault_at: null });
    await owner()('staff_contact').where({ staff_id: one }).delete();
    expect(await stuck(), 'it is all that they have, and the other never had anything').toEqual([0]);
    await contact(one, 'bounced');
    await contact(two, 'refused');
    await wechat({
      openid_enc: null,
      openid_hash: null,
      wechat_since: null,
      wechat_fault: null,
      wechat_fault_at: null,
    });
    await owner()('staff_role').where({ role: 'head' }).delete();
    expect(await stuck()).toEqual([]);
  });

  it('where the last person of the office has left, and not while somebody stands in the seat', async () => {
    await someone('admin');
    const approver = await someone('approver', ['approver', school]);
    await someone('head', ['head', school]);
    expect(await stuck()).toEqual([]);
    await leaves(approver);
    expect(await stuck()).toEqual([0]);
    const policy = await owner()('compiled_policy').first();
    await owner()('compiled_policy').delete();
    expect(await stuck(), 'its policy has no ladder').toEqual([]);
    await owner()('compiled_policy').insert({ ...policy, steps: JSON.stringify(policy.steps) });
    await ask({ rung: 3 });
    expect(await stuck()).toEqual([]);
    expect(await actors()).toEqual(['admin own', 'head ladder']);
  });

  it('is found behind others that are not, page by page', async () => {
    await someone('admin');
    const other = randomUUID();
    const row = await owner()('task').where({ id: task }).first();
    await owner()('task').insert({ ...row, id: other, ordinal: 1, department_id: await aDepartment() });
    await someone('head', ['head', school]);
    const found = [];
    let after: string | undefined;
    for (let pages = 0; pages === 0 || after; pages += 1) {
      const page = await stuckTasks(ground.database.db, { limit: 1, after });
      found.push(...page.stuck.map((one) => one.task));
      after = page.after;
    }
    expect(found).toEqual([task]);
    await owner()('task').where({ id: other }).delete();
  });
});

it('the places of a whole approval are read by two statements, and each has the people that it has by itself', async () => {
  await someone('admin');
  const [approver, head, named] = [
    await someone('approver', ['approver', school]),
    await someone('head', ['head', university]),
    await someone('named', ['approver', university]),
  ];
  const { db } = ground.database;
  const seats = [
    { department: school, role: 'approver', people: null },
    { department: university, role: 'head', people: null, notBy: [head] },
    { department: school, role: 'head', people: null },
    { department: school, role: 'approver', people: [named, randomUUID()] },
  ] as const;
  const asked = seats.map(({ people, ...seat }) => ({ ...seat, people: people && [...people] }));
  const alone = [];
  for (const seat of asked) alone.push(await actorsOf(db, seat, { visiting: [] }));
  expect(alone).toEqual([[approver], [], [head], [named]]);
  let statements = 0;
  const count = () => {
    statements += 1;
  };
  db.on('query', count);
  expect(await actorsOfEach(db, asked, { visiting: [] })).toEqual(alone);
  expect(await actorsOfEach(db, asked, { visiting: [approver] })).toEqual([[], [], [head], [named]]);
  db.off('query', count);
  expect(statements).toBe(4);
});
