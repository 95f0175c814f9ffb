import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { hour } from '../../domain/time.ts';
import { openAdmissions } from '../../testing/admissions.ts';
import { randomOf } from '../../testing/random.ts';
import { tasksOf } from './scope.ts';

/** Test that a list made from one person's side has exactly the tasks, and the rights, that `task_actor` says. */

const ground = openAdmissions();
const roles = ['approver', 'head', 'deputy', 'host', 'reception', 'security'];
const worlds = 4;
const tasks = 50;

it.each(Array.from({ length: worlds }, (_, n) => n + 1))(
  'a person’s list and the view agree on who may act, and for whom, in random world %i',
  async (seed) => {
    const { db, owner } = ground.database;
    const { reservation, submission } = await ground.anAsking();
    const own = await ground.anAsking();
    const { campus_id, department_id } = await owner('submission').where({ id: submission }).first();
    await fill(seed, { visits: [{ reservation, submission }, own], campus_id, top: department_id });
    const viewed: (Right & { staff_id: string; open: boolean })[] = await db('task_actor as m')
      .join('task as t', 't.id', 'm.task_id')
      .select('m.*', db.raw(`t.status = 'open' as open`));
    for (const { id } of await owner('staff').select('id')) {
      for (const open of [true, false]) {
        const { rows } = await db.raw(`select m.* from ${tasksOf(':id', open ? 'open' : 'closed')} m`, { id });
        expect(sorted(rows)).toEqual(sorted(viewed.filter((one) => one.staff_id === id && one.open === open)));
      }
    }
    // A world in which nobody may do anything would prove nothing.
    expect(viewed.length).toBeGreaterThan(tasks / 2);
    expect([...new Set(viewed.map(({ via }) => via))].sort()).toEqual(['assistant', 'delegate', 'ladder', 'own']);
  },
);

interface Right {
  task_id: string;
  via: string;
  behalf: string | null;
}
/** Each right once: the same one may be had in two ways, such as by a rung and as head of people who left. */
const sorted = (rows: Right[]) => [...new Set(rows.map((one) => `${one.task_id} ${one.via} ${one.behalf}`))].sort();

/** A tree of departments, staff with roles somewhere in it, some of whom left, people who stand in, and tasks. */
async function fill(
  seed: number,
  at: { visits: { reservation: string; submission: string }[]; campus_id: string; top: string },
): Promise<void> {
  const { owner } = ground.database;
  const dice = randomOf(seed);
  const clear = ['task', 'decision', 'request', 'delegation', 'assistant', 'staff_role', 'staff_contact'];
  for (const table of clear) await owner(table).delete();
  await owner('staff').update({ left_at: owner.fn.now(), is_admin: false });
  const departments = [at.top];
  for (let n = 0; n < 12; n += 1) {
    const parent_id = dice.chance(0.85) ? dice.pick(departments) : null;
    const id = randomUUID();
    await owner('department').insert({ id, campus_id: at.campus_id, name_zh: `${n}`, name_en: `${n}`, parent_id });
    departments.push(id);
  }
  const staff: string[] = [];
  for (let n = 0; n < 14; n += 1) {
    const id = randomUUID();
    staff.push(id);
    const left_at = dice.chance(0.15) ? new Date() : null;
    await owner('staff').insert({ id, username: `s${id.slice(0, 8)}`, password_hash: '-', name: `${n}`, left_at });
    // Some audit, with another role or alone.
    if (n % 4 === 3) await owner('staff_role').insert({ staff_id: id, role: 'auditor' });
    for (let held = dice.below(3); held > 0; held -= 1) {
      const department_id = dice.chance(0.1) ? null : dice.pick(departments);
      await owner('staff_role')
        .insert({ staff_id: id, role: dice.pick(roles), department_id })
        .onConflict()
        .ignore();
    }
    if (n < 2) await owner('staff_role').insert({ staff_id: id, role: 'admin', department_id: null });
  }
  for (let n = 0; n < 6; n += 1) {
    const [one, other] = [dice.pick(staff), dice.pick(staff)];
    if (one === other) continue;
    const from = dice.below(4) - 2;
    const window = { from_at: new Date(Date.now() + from * hour), until_at: new Date(Date.now() + (from + 2) * hour) };
    const ended_at = dice.chance(0.2) ? new Date() : null;
    await owner('delegation').insert({ staff_id: one, delegate_id: other, ...window, ended_at });
    const back = { staff_id: other, assistant_id: one, ended_at: dice.chance(0.3) ? new Date() : null };
    await owner('assistant').insert(back).onConflict().ignore();
  }
  // One of them visits the university: what is to be decided of that visit is nobody's who is the visitor.
  const [, { reservation: visit }] = at.visits as [unknown, { reservation: string }];
  const openid = { openid_enc: Buffer.alloc(1), openid_hash: Buffer.from(`visitor ${seed}`) };
  const { visitor_id } = await owner('reservation').where({ id: visit }).first();
  await owner('visitor').where({ id: visitor_id }).update(openid);
  await owner('staff_contact').insert({ staff_id: dice.pick(staff.slice(0, 6)), ...openid, wechat_since: new Date() });
  for (let n = 0; n < tasks; n += 1) {
    const open = dice.chance(0.7);
    const people = dice.chance(0.25) ? Array.from({ length: 1 + dice.below(2) }, () => dice.pick(staff)) : null;
    const of = at.visits[dice.chance(0.25) ? 1 : 0] as { reservation: string; submission: string };
    // Signed by somebody, who signs nothing else of that step.
    const decision = !open && dice.chance(0.3) ? await signed(of, dice.pick(staff)) : undefined;
    await owner('task').insert({
      id: randomUUID(),
      reservation_id: of.reservation,
      submission_id: of.submission,
      seq: 1,
      round: 1,
      step: dice.below(8),
      ordinal: n,
      department_id: dice.pick(departments),
      role: dice.chance(0.5) ? 'approver' : dice.pick(roles),
      people,
      rung: dice.below(5),
      status: open ? 'open' : decision ? 'approved' : 'withdrawn',
      decision_id: decision ?? null,
      opened_at: new Date(),
      decide_by: new Date(Date.now() + hour),
      closed_at: open ? null : new Date(),
    });
  }
}

async function signed({ reservation, submission }: { reservation: string; submission: string }, staff: string) {
  const { owner } = ground.database;
  const id = randomUUID();
  const said = { reservation_id: reservation, created_at: new Date() };
  await owner('request').insert({ id, ...said, kind: 'decide', actor_kind: 'staff', actor_id: staff, payload: {} });
  await owner('decision').insert({
    request_id: id,
    ...said,
    submission_id: submission,
    staff_id: staff,
    verdict: 'approved',
  });
  return id;
}
