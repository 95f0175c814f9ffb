import proto, { type temporal } from '@temporalio/proto';
import type { Knex } from 'knex';
import { readSeal } from '../platform/codec.ts';
import { announceAnew, visitAt } from '../store/gates/at-door.ts';
import type { EnrolledGate } from '../store/gates/gate.ts';
import { gateWorkflowId, strayEvent } from '../workflows/messages/gate.ts';
import { annulled, entered, left, reservationWorkflowId } from '../workflows/messages/reservation.ts';
import { NotThere, Refused } from './refused.ts';

/**
 * What a gate says by itself: that somebody entered or left, to the workflow of a visit of its campus, and to its own workflow what no
 * visit takes any more. It has to be sealed by this gate's key for that very workflow: the worker opens it by that key, and believes
 * nothing under it but what this gate saw of this visit.
 */

type Signal = Pick<
  temporal.api.workflowservice.v1.ISignalWorkflowExecutionRequest,
  'workflowExecution' | 'signalName' | 'input'
>;

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** @throws Refused; NotThere for a visit that has no pass (any more), as the engine says it of a workflow that it does not know */
export async function signalOf(asked: Signal, { gate, db }: { gate: EnrolledGate; db: Knex }): Promise<Signal> {
  const workflowId = asked.workflowExecution?.workflowId ?? '';
  const signal = { workflowExecution: { workflowId }, signalName: asked.signalName ?? '', input: asked.input ?? null };
  if (workflowId === gateWorkflowId(gate.id)) {
    requireSignal(asked, [strayEvent.name]);
    requireSealed(asked, gate.id, workflowId);
    return signal;
  }
  const reservation = workflowId.slice(reservationWorkflowId('').length);
  if (workflowId !== reservationWorkflowId(reservation) || !uuid.test(reservation)) throw new Refused('workflow');
  requireSignal(asked, [entered.name, left.name, annulled.name]);
  requireSealed(asked, gate.id, workflowId);
  const where = await visitAt(db, { campus: gate.campus, reservation });
  if (where === 'elsewhere') throw new Refused('campus');
  if (where === 'unknown') throw new NotThere();
  return signal;
}

function requireSignal({ signalName }: Signal, known: string[]): void {
  if (!known.includes(signalName ?? '')) throw new Refused('signal');
}

/** In bytes, sealed; an event is less than a kilobyte. Longer ones would fill the history of a visit until the engine ends it. */
const longestSignal = 4 * 1_024;
const { Payloads } = proto.temporal.api.common.v1;

function requireSealed({ input }: Signal, gate: string, workflowId: string): void {
  if (input && Payloads.encode(input).finish().length > longestSignal) throw new Refused('payload');
  const [payload, ...more] = input?.payloads ?? [];
  const seal = payload && more.length === 0 ? readSeal(payload) : undefined;
  if (seal?.gate !== gate || seal.purpose !== `workflow ${workflowId}`) throw new Refused('payload');
}

/** The gate's own workflow is begun by the announcer: a gate begins none, and tells it again a little later. */
export async function beginOwnWorkflow(asked: Signal, { gate, db }: { gate: EnrolledGate; db: Knex }): Promise<void> {
  if (asked.workflowExecution?.workflowId === gateWorkflowId(gate.id)) await announceAnew(db, gate.id);
}
