import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { staffRoles } from '../../domain/staff-role.ts';
import { day, hour } from '../../domain/time.ts';
import { openAdmissions } from '../../testing/admissions.ts';
import { aCampus } from '../../testing/campus.ts';
import { visitsAtDesk } from '../office/desk.ts';
import { boundsOfToday, keepRevocation, rightToRevoke } from './revocation.ts';

/** Who may end an approved visit: every role, held at every place, on the day of the visit and before. */

const ground = openAdmissions();
const owner = () => ground.database.owner;
const staff = randomUUID();
let reservation: string;
const places: Record<string, string | null> = { 'the whole university': null };

beforeAll(async () => {
  const asking = await ground.anAsking();
  reservation = asking.reservation;
  const visit = await owner()('submission').where({ id: asking.submission }).first();
  const name = { name_zh: '部门', name_en: 'Department' };
  const aDepartment = async (campus: string, parent: string | null = null) => {
    const [row] = await owner()('department')
      .insert({ ...name, campus_id: campus, parent_id: parent })
      .returning('id');
    return row.id as string;
  };
  const campus = await aCampus(owner(), {}, { number: 2 });
  const above = await aDepartment(visit.campus_id);
  await owner()('department').where({ id: visit.department_id }).update({ parent_id: above });
  places['the department'] = visit.department_id;
  places['the one above'] = above;
  places['one below'] = await aDepartment(visit.campus_id, visit.department_id);
  places['one of another campus'] = await aDepartment(campus.id);
  await owner()('staff').insert({ id: staff, username: 'somebody', password_hash: '-', name: '某人' });
  await owner()('reservation')
    .where({ id: reservation })
    .update({
      stage: 'visit',
      campus_id: visit.campus_id,
      department_id: visit.department_id,
      submission_id: visit.id,
      ordinals: [0],
      channel: visit.channel,
    });
});
beforeEach(() => owner()('staff_role').where({ staff_id: staff }).delete());

const windowAt = (from: Date) =>
  owner()('reservation')
    .where({ id: reservation })
    .update({ visit_from: from, visit_until: new Date(from.getTime() + hour) });

/** The only places from where a role reaches the visit; a role that is not here reaches it from nowhere. */
const reaching: Record<string, readonly string[]> = {
  approver: ['the whole university', 'the department', 'the one above'],
  head: ['the whole university', 'the department', 'the one above'],
  security: ['the whole university', 'the department', 'the one above', 'one below'],
  // Held for the whole university only.
  admin: ['the whole university'],
};
const everyPlace = [
  'the whole university',
  'the department',
  'the one above',
  'one below',
  'one of another campus',
] as const;
const ofUniversity: readonly string[] = ['admin', 'auditor'];
const table = staffRoles.flatMap((role) =>
  (ofUniversity.includes(role) ? everyPlace.slice(0, 1) : everyPlace).map((place) => ({
    role,
    place,
    may: reaching[role]?.includes(place) ?? false,
  })),
);

describe('on the day of the visit', () => {
  it.each(table)('$role of $place: $may', async ({ role, place, may }) => {
    await windowAt(new Date(boundsOfToday().today.getTime() + 12 * hour));
    await owner()('staff_role').insert({ staff_id: staff, role, department_id: places[place] });
    const { db } = ground.database;
    expect(await rightToRevoke(db, staff, reservation)).toBe(may ? role : undefined);
    const seen = await visitsAtDesk(db, ground.sealing.cipher, staff, { limit: 5 });
    expect(seen.map(({ id }) => id)).toEqual(role === 'security' && may ? [reservation] : []);
  });
});

it('the security desk reaches no visit of another day, and nobody does who has left', async () => {
  await owner()('staff_role').insert({ staff_id: staff, role: 'security' });
  for (const days of [-1, 1]) {
    await windowAt(new Date(boundsOfToday().today.getTime() + days * day + 12 * hour));
    expect(await rightToRevoke(ground.database.db, staff, reservation)).toBeUndefined();
  }
  await owner()('staff_role').insert({ staff_id: staff, role: 'approver' });
  expect(await rightToRevoke(ground.database.db, staff, reservation)).toBe('approver');
  await owner()('staff').where({ id: staff }).update({ left_at: owner().fn.now() });
  expect(await rightToRevoke(ground.database.db, staff, reservation)).toBeUndefined();
  await owner()('staff').where({ id: staff }).update({ left_at: null });
});

it('is asked once more in the transaction that keeps the decision', async () => {
  const wish = { request: randomUUID(), reservation, staff, reason: 'conduct' as const, text: '' };
  const keep = () => ground.database.db.transaction((trx) => keepRevocation(trx, ground.sealing.cipher, wish));
  await expect(keep()).rejects.toMatchObject({ code: 'may_not_revoke', status: 403 });
  expect(await owner()('decision').where({ request_id: wish.request })).toEqual([]);
});
