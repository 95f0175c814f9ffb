import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { guardsContext, type ToldGuards } from '../../domain/gate-guards.ts';
import { sealTo } from '../../platform/sealing.ts';
import type { EnrolledGate } from '../../store/gates/gate.ts';
import { guardsAt } from '../../store/staff/gate-pin.ts';

/**
 * Whose PIN a gate shall take, sealed to it. Read with each request, so that whoever is taken off the list is out within a moment;
 * sealed only where the gate has another list.
 *
 * @param held the mark of the list that the gate says it has
 */
export async function tellGuards(db: Knex, gate: EnrolledGate, held: string): Promise<ToldGuards> {
  const list = JSON.stringify(await guardsAt(db, gate.campus));
  // Under the gate's own key too: a box with another one gets its list anew.
  const mark = createHash('sha256').update(gate.sealingKey).update(list).digest('base64url');
  if (mark === held) return { mark };
  const sealed = sealTo(gate.sealingKey, Buffer.from(list), guardsContext(gate.id, mark));
  return { mark, sealed: sealed.toString('base64') };
}
