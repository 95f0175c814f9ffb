import { createHash, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { aCampus } from './campus.ts';

/** What an office would have entered, and what its gates would have said. */

/** Every gate says that it has forwarded all it saw before `moment`. */
export async function sayForwarded(owner: Knex, moment: Date): Promise<void> {
  const gates = await owner('gate').pluck('id');
  await owner('gate_contact')
    .insert(gates.map((gate) => ({ gate_id: gate, seen_at: new Date(), forwarded_through: moment })))
    .onConflict('gate_id')
    .merge();
}

/** One campus with its gates, one department with an approver, one reason and the notice. */
export async function seedContent(owner: Knex, gates: Parameters<typeof aCampus>[1]) {
  const campus = await aCampus(owner, gates);
  const [department, reason, notice, staff] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await owner('department').insert({ id: department, campus_id: campus.id, name_zh: '信息学院', name_en: 'IT' });
  await owner('reason').insert({ id: reason, name_zh: '业务往来', name_en: 'Business', position: 1 });
  await owner('notice').insert({
    id: notice,
    kind: 'filling',
    version: 1,
    title_zh: '须知',
    title_en: 'Notice',
    body_zh: '…',
    body_en: '…',
    text_hash: createHash('sha256').update('…').digest(),
  });
  await owner('staff').insert({ id: staff, username: 'approver', password_hash: '-', name: '王老师' });
  await owner('staff_role').insert({ staff_id: staff, role: 'approver', department_id: department });
  return { campus: campus.id, department, reason, notice, staff };
}
