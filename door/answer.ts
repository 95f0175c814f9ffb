import { type ServerUnaryCall, type StatusObject, status } from '@grpc/grpc-js';
import type { Connection } from '@temporalio/client';
import type { Knex } from 'knex';
import { grpcStatusOf } from '../platform/grpc-status.ts';
import type { Log } from '../platform/log.ts';
import type { Refusals } from '../store/audit/refusals.ts';
import type { EnrolledGate } from '../store/gates/gate.ts';
import { admit } from './admit.ts';
import type { Calls } from './calls.ts';
import type { KnownGates } from './known-gates.ts';
import { methods } from './methods.ts';
import { Ending, NotThere, Refused } from './refused.ts';
import type { TaskTokens } from './task-tokens.ts';
import type { Turns } from './turns.ts';

/** What a door works with. */
export interface DoorParts {
  db: Knex;
  known: KnownGates;
  engine: Connection;
  /** The engine's name of the namespace. */
  namespace: string;
  tokens: TaskTokens;
  calls: Calls;
  turns: Turns;
  refusals: Refusals;
  log: Log;
}

type Call = ServerUnaryCall<Buffer, Uint8Array>;
/** What grpc-js sends: a code, and one word for whoever looks. */
export type Failure = Pick<StatusObject, 'code' | 'details'>;

/** @throws Failure */
export async function answer(name: string, call: Call, parts: DoorParts): Promise<Uint8Array> {
  let gate: EnrolledGate | undefined;
  try {
    gate = await admit(call.metadata, { ...parts, now: Date.now() });
    return await answerGate(name, call, gate, parts);
  } catch (error) {
    if (error instanceof Refused) {
      parts.refusals.note({ action: 'gate_door_refused', why: error.why, by: gate?.id, detail: { method: name } });
    }
    throw failureOf(error, parts.log);
  }
}

async function answerGate(name: string, call: Call, gate: EnrolledGate, parts: DoorParts): Promise<Uint8Array> {
  const { db, engine, namespace, tokens, calls, turns } = parts;
  if (!turns.begin(gate.id)) throw { code: status.RESOURCE_EXHAUSTED, details: 'busy' } satisfies Failure;
  const { signal, abort, end } = calls.begin(gate);
  const cancelled = () => abort(new Ending());
  call.on('cancelled', cancelled);
  // Given up while it was being let in: nobody says so again, and a poll that went on would take a task to nobody.
  if (call.cancelled) cancelled();
  try {
    signal.throwIfAborted();
    await turns.turn(gate.id, signal);
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (!method) throw new Refused('method', status.UNIMPLEMENTED);
    const deadline = Math.min(Number(call.getDeadline()), Date.now() + method.patience);
    const at = { gate, engine: engine.workflowService, namespace, tokens, db };
    return await engine.withDeadline(deadline, () =>
      engine.withAbortSignal(signal, () => method.answer(call.request, at)),
    );
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    call.off('cancelled', cancelled);
    end();
    turns.end(gate.id);
  }
}

/** The engine's own status goes on without its words; what else fails is ours, and comes again. */
function failureOf(error: unknown, log: Log): Failure {
  if (error instanceof Refused) return { code: error.code, details: error.why };
  if (error instanceof NotThere) return { code: status.NOT_FOUND, details: 'not there' };
  if (error instanceof Ending) return { code: status.UNAVAILABLE, details: 'not now' };
  if (isFailure(error)) return error;
  const code = grpcStatusOf(error);
  if (code !== undefined) return { code, details: 'the engine says so' };
  log.warn({ err: error }, 'a call could not be answered');
  return { code: status.UNAVAILABLE, details: 'not now' };
}

const isFailure = (error: unknown): error is Failure =>
  !(error instanceof Error) && typeof error === 'object' && error !== null && 'code' in error && 'details' in error;
