import { randomUUID } from 'node:crypto';
import type { Recognised } from '../domain/credential-kind.ts';
import { credentials } from '../domain/credentials.ts';
import { type Decision, decide } from '../domain/gate-decision.ts';
import type { KnownPass } from '../domain/known-pass.ts';
import type { Direction } from '../domain/reservation.ts';
import { minute } from '../domain/time.ts';
import type { Answered, AnsweredScans, Party, ScanKey } from './answered-scans.ts';
import type { KnownPasses } from './known-passes.ts';
import type { Position } from './position.ts';
import { type Credential, recognise } from './read-credential.ts';
import type { TrustedKeys } from './trusted-keys.ts';

/** A gate's whole judgement, made with nothing but its own ledger and public keys. */

export interface ScanRequest extends ScanKey {
  credential: Credential;
  direction: Direction;
  askedBy: 'scanner' | 'console';
}

export interface Judge {
  position: Position;
  passes: KnownPasses;
  scans: AnsweredScans;
  trusted: TrustedKeys;
  /** Told of every new answer, with the milliseconds it took; an open one waits to be forwarded. */
  answered(answered: Answered, took: number): void;
}

/** Guessing stops here; a QR without a document is not guessing and stays free. */
const wrongAllowed = 10;
const wrongWithin = 5 * minute;

/**
 * Answers a scan once: the same nonce from the same device gets the same answer and makes no second event.
 * The event is on the disk before this returns. Times are the gate's own clock, epoch milliseconds.
 */
export function answerScan(request: ScanRequest, judge: Judge, now = Date.now()): Answered {
  const { credential, direction, askedBy } = request;
  const began = performance.now();
  const asked = JSON.stringify([direction, credential.kind, credential.value, credential.document ?? null]);
  const earlier = judge.scans.find(request, asked);
  if (earlier === 'repeated') return { open: false, reason: 'error', party: null };
  if (earlier) return earlier;
  const place = judge.position.place();
  if (!place) return { open: false, reason: 'device_offline', party: null };

  const guessing = credentials[credential.kind].guessable || credential.document !== undefined;
  const spent = guessing && judge.scans.wrongSince(askedBy, now - wrongWithin) >= wrongAllowed;
  const recognised = spent ? undefined : recognise(credential, { ...judge, campus: place.campus });
  const decision: Decision = spent
    ? { open: false, reason: 'too_many_tries' }
    : decide(recognised?.presented, whatIsKnown(recognised, judge), place, direction, now);

  const answered: Answered = { ...decision, party: partyOf(recognised?.known) };
  judge.scans.keep({
    ...answered,

    device: request.device,
    nonce: request.nonce,
    asked,
    askedBy,
    at: now,
    direction,
    method: credential.kind,
    wrong: guessing && !spent && isWrong(recognised),
    ...(decision.open ? { event: randomUUID() } : {}),
    ...(recognised?.presented.authentic ? { pass: recognised } : {}),
  });
  judge.answered(answered, performance.now() - began);
  return answered;
}

function whatIsKnown(recognised: Recognised | undefined, { scans }: Judge) {
  if (!recognised?.presented.authentic) return {};
  const { reservation, ordinal, known } = recognised;
  const lastSeen = scans.lastSeen(reservation, ordinal);
  return {
    ...(known ? { stored: { version: known.version, revoked: known.revoked } } : {}),
    ...(lastSeen ? { lastSeen } : {}),
  };
}

const isWrong = (recognised: Recognised | undefined): boolean =>
  recognised === undefined || recognised.presented.document === 'differs';

const partyOf = (known: KnownPass | undefined): Party | null =>
  known?.guard ? { name: known.guard.name, plate: known.guard.plate ?? null } : null;
