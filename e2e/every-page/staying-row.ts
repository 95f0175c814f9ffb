import { randomUUID } from 'node:crypto';
import { seenAtGate } from '../../testing/seen-at-gate.ts';
import type { System } from '../../testing/system.ts';

/** They came in, were not seen leaving by the end of their visit, and were asked. @returns an evacuation that looks for them */
export async function staysOn({ owner }: System, { reservation }: { reservation: string }): Promise<string> {
  await seenAtGate(owner, reservation, 'in', 2.5 * 3600_000);
  await owner('reservation').where({ id: reservation }).update({ overstay: 1 });
  const evacuation = randomUUID();
  const { id: staff } = await owner('staff').where({ username: 'security' }).first('id');
  await owner('evacuation').insert({ id: evacuation, campuses: await owner('campus').pluck('id'), started_by: staff });
  const person = { evacuation_id: evacuation, reservation_id: reservation, ordinal: 0 };
  await owner('evacuation_person').insert(person);
  return evacuation;
}
