import { randomUUID } from 'node:crypto';
import { sealAnswers } from '../store/reservations/visit-answers.ts';
import type { System } from '../testing/system.ts';

/**
 * The approver's side of a university that has run for some years: a tree of departments, each with somebody who decides or
 * below one that has, people who stand in, and a hundred thousand tasks of which a few thousand are open. Written as
 * rows, set by set; all people are made up.
 */

export const plan = { tasks: 100_000, open: 5_000, approvers: 200, departments: 200 };
const hour = 3600_000;

type House = Pick<System, 'owner' | 'cipher'>;

/**
 * @param open how many of the tasks wait for somebody
 * @param tasks how many there are, a visit each; thousands
 * @returns the approvers' ids
 */
export async function fillWithTasks(
  { owner, cipher }: House,
  { open = plan.open, tasks = plan.tasks } = {},
): Promise<string[]> {
  const top = await owner('department').where({ name_zh: '信息科学与工程学院' }).first('id', 'campus_id');
  const departments = Array.from({ length: plan.departments }, (_, n) => ({
    id: randomUUID(),
    campus_id: top.campus_id as string,
    name_zh: `部门${n}`,
    name_en: `Department ${n}`,
    parent_id: null as string | null,
  }));
  // Ten at the top, a third of the others two steps down.
  for (const [n, one] of departments.entries())
    if (n >= 10) one.parent_id = departments[n < 140 ? n % 10 : n - 100]?.id ?? null;
  const staff = Array.from({ length: plan.approvers }, (_, n) => ({
    id: randomUUID(),
    username: `bench${n}`,
    name: `审批人${n}`,
    password_hash: '-',
  }));
  const idOf = (list: { id: string }[], n: number) => list[n % list.length]?.id as string;
  // Nine of ten departments have an approver; the last twenty approvers are heads and deputies besides, two of the whole university.
  const roles: { staff_id: string; role: string; department_id: string | null }[] = staff.flatMap(({ id }, n) => [
    { staff_id: id, role: 'approver', department_id: idOf(departments, n % 180) },
    ...(n >= 180 ? [{ staff_id: id, role: n % 2 ? 'head' : 'deputy', department_id: idOf(departments, n - 180) }] : []),
    ...(n >= 198 ? [{ staff_id: id, role: 'security', department_id: null }] : []),
  ]);
  const standing = Array.from({ length: 20 }, (_, n) => ({
    staff_id: idOf(staff, n),
    delegate_id: idOf(staff, n + 40),
    from_at: new Date(Date.now() - hour),
    until_at: new Date(Date.now() + 24 * hour),
  }));
  await owner.batchInsert('department', departments, 500);
  await owner.batchInsert('staff', staff, 500);
  await owner.batchInsert('staff_role', roles, 500);
  await owner.batchInsert('delegation', standing, 500);
  await owner.batchInsert(
    'assistant',
    standing.slice(0, 10).map(({ staff_id }, n) => ({ staff_id, assistant_id: idOf(staff, n + 80) })),
    500,
  );

  const model = await owner('reservation_person')
    .where({ ordinal: 0 })
    .limit(500)
    .select('submission_id', 'visitor_id', 'reservation_id');
  const reason = await owner('reason').whereNull('department_id').first('id');
  for (let first = 0; first < tasks; first += 1_000) {
    const made = Array.from({ length: 1_000 }, (_, offset) => {
      const n = first + offset;
      const [task, reservation, submission, person] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
      return {
        n,
        task,
        reservation,
        submission,
        person,
        model: model[n % model.length]?.submission_id,
        visitor: model[n % model.length]?.visitor_id,
        department: idOf(departments, n),
        open: n < open,
        people: n % 20 === 7 ? [idOf(staff, Math.floor(n / 20)), idOf(staff, Math.floor(n / 20) + 1)] : null,
        rung: n % 50 === 3 ? 4 : n % 25 === 3 ? 3 : 0,
        name: cipher.seal({ table: 'reservation_person', column: 'name_enc', row: person }, '林小满').toString('hex'),
        answers: sealAnswers(cipher, submission, { host: '赵敏' })?.toString('hex'),
      };
    });
    await owner.raw(writing, [JSON.stringify(made), top.campus_id, reason.id]);
  }
  await owner.raw('analyze');
  return staff.map(({ id }) => id);
}

/** Each on the person whom a visitor of the crowd submitted before, under a name of its own. */
const writing = `
  with made as (
    select *, now() + case when open then 1 else -1 end * (1 + n % 200) * interval '1 hour' as visit_from
    from json_to_recordset(?::json) as m (n int, task uuid, reservation uuid, submission uuid, person uuid, model uuid,
      visitor uuid, department uuid, open boolean, people json, rung int, name text, answers text)),
  place as (select ?::uuid as campus, ?::uuid as reason),
  visits as (
    insert into reservation (id, visitor_id, seq, round, stage, outcome, channel, campus_id, department_id, submission_id,
      visit_from, visit_until, ordinals, closed_at)
    select reservation, visitor, 2, 0, case when open then 'approval' else 'closed' end, case when open then null else 'completed' end,
      'personal', place.campus, department, submission, visit_from, visit_from + interval '2 hours', '{0}',
      case when open then null else visit_from end
    from made, place returning id),
  submitted as (
    insert into submission (id, reservation_id, channel, campus_id, department_id, reason_id, visit_from, visit_until, answers_enc)
    select submission, reservation, 'personal', place.campus, department, place.reason, visit_from, visit_from + interval '2 hours',
      decode(answers, 'hex')
    from made, place returning id),
  frozen as (
    insert into reservation_person (id, submission_id, reservation_id, ordinal, person_id, person_version, visitor_id, consent_id,
      name_enc, sex, phone_enc, document_type, document_enc, document_hash, document_tail_hash, birth_day_enc)
    select m.person, m.submission, m.reservation, 0, p.person_id, p.person_version, p.visitor_id, p.consent_id,
      decode(m.name, 'hex'), p.sex, p.phone_enc, p.document_type, p.document_enc, p.document_hash, p.document_tail_hash, null
    from made m join reservation_person p on p.submission_id = m.model and p.ordinal = 0 returning id)
  insert into task (id, reservation_id, submission_id, seq, round, step, ordinal, department_id, people, rung, status, opened_at,
    decide_by, closed_at)
  select task, reservation, submission, 2, 0, 0, 0, department,
    case when json_typeof(people) = 'array' then array(select value::uuid from json_array_elements_text(people)) end,
    rung, case when open then 'open' when n % 10 = 0 then 'withdrawn' else 'approved' end, visit_from - interval '9 days', visit_from,
    case when open then null else visit_from end
  from made`;
