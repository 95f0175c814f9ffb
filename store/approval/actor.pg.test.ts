import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { hour } from '../../domain/time.ts';
import { openAdmissions } from '../../testing/admissions.ts';

/** Who may act on a task at this moment, and by what right. */

const ground = openAdmissions();
const task = randomUUID();
let [school, university]: string[] = [];
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
