import type { Knex } from 'knex';
import { releaseClaims } from '../approval/claim.ts';
import { record } from '../audit/audit.ts';
import { revokeStaffLinks } from './staff-link.ts';
import { endStaffSessions } from './staff-session.ts';

/**
 * Somebody leaves: whatever lets them in is dead when this returns, and their tasks are acted on by the next in line, since
 * that is looked up each time. What they decided keeps their name.
 * @param by the admin; left out: the university's directory
 * @returns the open visits that waited for them alone; undefined where they had left already
 */
export async function leave(trx: Knex, { staff, by }: { staff: string; by?: string }): Promise<string[] | undefined> {
  const row = await trx('staff').where({ id: staff }).whereNull('left_at').forUpdate().first('id');
  if (!row) return undefined;
  const visits = await waitingForAlone(trx, staff);
  await trx('staff')
    .where({ id: staff })
    .update({ left_at: trx.fn.now(), password_hash: null, must_change_password: false, may_unmask: false });
  await trx('staff_role').where({ staff_id: staff }).delete();
  await trx('staff_second_factor').where({ staff_id: staff }).delete();
  await trx('staff_identity').where({ staff_id: staff }).delete();
  await trx('gate_pin').where({ staff_id: staff }).delete();
  await endStandingIn(trx, staff);
  await releaseClaims(trx, { staff });
  await revokeStaffLinks(trx, staff);
  await endStaffSessions(trx, { staff });
  // Nobody has to reach them any more; what was decided by a link says so in the audit.
  await trx('staff_contact').where({ staff_id: staff }).delete();
  await trx('staff_messenger').where({ staff_id: staff }).delete();
  await trx('staff_messenger_code').where({ staff_id: staff }).delete();
  await trx('task_link').where({ staff_id: staff }).delete();
  await trx('staff_wechat_code').where({ staff_id: staff }).delete();
  for (const id of visits) {
    const actor = by ? ({ kind: 'staff', id: by } as const) : ({ kind: 'system' } as const);
    const detail = { staff, ...(!by && { by: 'scim' }) };
    await record(trx, { actor, action: 'approver_left', subject: { kind: 'reservation', id }, detail });
  }
  return visits;
}

/** Comes back with nothing but the name: roles are given anew, and a link sets the password. @returns whether they had left */
export async function comeBack(trx: Knex, staff: string): Promise<boolean> {
  const back = await trx('staff').where({ id: staff }).whereNotNull('left_at').update({
    left_at: null,
    password_hash: null,
    must_change_password: false,
    may_unmask: false,
    scim_removed_at: null,
  });
  if (back === 0) return false;
  // None is left since the departure; what an earlier mistake gave to somebody who was gone is not revived, nor an app that
  // was set up in the very moment of the departure.
  await trx('staff_role').where({ staff_id: staff }).delete();
  await trx('staff_second_factor').where({ staff_id: staff }).delete();
  await trx('gate_pin').where({ staff_id: staff }).delete();
  return true;
}

async function waitingForAlone(trx: Knex, staff: string): Promise<string[]> {
  const { rows } = await trx.raw<{ rows: { reservation_id: string }[] }>(
    `select distinct t.reservation_id from task t
      where t.status = 'open' and exists (select from task_actor a where a.task_id = t.id and a.staff_id = :staff)
        and not exists (select from task_actor a where a.task_id = t.id and a.staff_id <> :staff)`,
    { staff },
  );
  return rows.map((row) => row.reservation_id);
}

/** As who stands in for somebody, and as who is stood in for. */
async function endStandingIn(trx: Knex, staff: string): Promise<void> {
  const ended = { ended_at: trx.fn.now() };
  await trx('delegation')
    .whereNull('ended_at')
    .where((of) => of.where({ staff_id: staff }).orWhere({ delegate_id: staff }))
    .update(ended);
  await trx('assistant')
    .whereNull('ended_at')
    .where((of) => of.where({ staff_id: staff }).orWhere({ assistant_id: staff }))
    .update(ended);
}
