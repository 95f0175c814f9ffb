import { includesGate } from './gates-bitmap.ts';
import type { ReasonCode } from './reason-codes.ts';
import { isFresh } from './renewal.ts';
import type { Direction } from './reservation.ts';
import type { Instant } from './time.ts';

/** One evaluator for the rules at a gate; it needs nothing but what the gate has in hand. */

export interface Presented {
  /** What has to come with it: a fresh time step, the document, or nothing more. */
  proof: 'step' | 'document' | 'none';
  /** False when a signature does not hold. A gate code comes from the gate's own feed and is authentic. */
  authentic: boolean;
  version: number;
  /** `campus.number` */
  campus: number;
  gates: bigint;
  /** Epoch milliseconds; `until` is exclusive. */
  from: number;
  until: number;
  /** The step of an authentic renewal, by `web` or by the bound phone. */
  step?: number;
  /** What was shown beside the credential; `unknown` when the gate cannot tell yet. */
  document: 'absent' | 'matches' | 'differs' | 'unknown';
}

/** What this gate knows of the pass from its feed and its own events. */
export interface Known {
  /** The version in the feed; a higher one in a token is proved by its signature. */
  stored?: { version: number; revoked: boolean };
  /** The last movement that this gate saw; another gate's are not known here. */
  lastSeen?: Direction;
  /** The newest time step that this gate has opened to, in the direction that is asked for. */
  usedStep?: number;
}

export interface Gate {
  campus: number;
  number: number;
  exitsRecorded: boolean;
}

export interface Decision {
  open: boolean;
  reason: ReasonCode;
}

/**
 * Checks in this order: signature, version and revocation, place, time, freshness, identity, step already used, person already inside.
 * An exit of this campus' visitor always opens, once the person is told apart, also at a gate that records none: nobody is
 * locked in by a late hour, a revocation or the wrong gate.
 */
export function decide(
  presented: Presented | undefined,
  known: Known,
  gate: Gate,
  direction: Direction,
  now: Instant,
): Decision {
  if (!presented) return refuse('unknown_pass');
  if (!presented.authentic) return refuse('bad_signature');
  const leaving = direction === 'out';

  if (!leaving && isRevoked(presented, known)) return refuse('revoked');
  if (presented.campus !== gate.campus) return refuse('wrong_campus');
  if (!leaving) {
    if (!includesGate(presented.gates, gate.number)) return refuse('wrong_gate');
    if (Number(now) < presented.from) return refuse('not_yet_valid');
    if (Number(now) >= presented.until) return refuse('expired');
    if (isStale(presented, now)) return refuse('stale_code');
  }
  if (needsDocument(presented)) return refuse('id_required');
  // One picture lets in one person; a person who shows the document may come again.
  if (!leaving && isUsed(presented, known) && presented.document !== 'matches') return refuse('already_used');
  if (gate.exitsRecorded && known.lastSeen === direction) {
    if (leaving) return { open: true, reason: 'not_inside' };
    // Another gate may have seen the exit: an identity document settles it.
    if (presented.document !== 'matches') return refuse('already_inside');
  }
  return { open: true, reason: 'ok' };
}

function isRevoked(presented: Presented, { stored }: Known): boolean {
  if (!stored || presented.version > stored.version) return false;
  return presented.version < stored.version || stored.revoked;
}

/**
 * A renewed pass and a bound one live on their step: without it they are a picture of one. Paper and gate codes have none
 * and ask for the document instead.
 */
const isStale = ({ proof, step }: Presented, now: Instant): boolean =>
  proof === 'step' && (step === undefined || !isFresh(step, now));

/** A step opens once at each gate, and none before it after that. */
const isUsed = ({ step }: Presented, { usedStep }: Known): boolean =>
  step !== undefined && usedStep !== undefined && step <= usedStep;

const needsDocument = ({ proof, document }: Presented): boolean =>
  document === 'differs' || (proof === 'document' && document !== 'matches');

const refuse = (reason: ReasonCode): Decision => ({ open: false, reason });
