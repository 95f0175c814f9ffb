import { randomUUID } from 'node:crypto';
import type { Recognised } from '../domain/credential-kind.ts';
import { credentials } from '../domain/credentials.ts';
import { againWithin } from '../domain/feed.ts';
import { type Decision, decide } from '../domain/gate-decision.ts';
import type { KnownPass } from '../domain/known-pass.ts';
import type { ReasonCode } from '../domain/reason-codes.ts';
import type { Direction } from '../domain/reservation.ts';
import { looksDamaged } from '../domain/scanned-text.ts';
import { minute, second } from '../domain/time.ts';
import type { AnsweredScans } from './answered-scans.ts';
import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import type { EnteredElsewhere } from './entered-elsewhere.ts';
import type { KnownPasses } from './known-passes.ts';
import type { Note } from './notes.ts';
import type { Position } from './position.ts';
import { type Credential, recognise } from './read-credential.ts';
import type { Answered, Party, ScanKey } from './scan.ts';
import type { TrustedKeys } from './trusted-keys.ts';

/** A gate's whole judgement, made with nothing but its own ledger and public keys. */

export interface ScanRequest extends ScanKey {
  credential: Credential;
  direction: Direction;
  askedBy: 'scanner' | 'console' | `device:${string}`;
  /** The guard at the console. */
  guard?: string | undefined;
}

export interface Judge {
  position: Position;
  passes: KnownPasses;
  scans: AnsweredScans;
  elsewhere: EnteredElsewhere;
  trusted: TrustedKeys;
  disk: Disk;
  clock: Pick<Clock, 'isWrong'>;
  /**
   * Told of every new answer, with the milliseconds it took, and of which visit it was where a real pass was shown; an open
   * one waits to be forwarded.
   */
  answered(answered: Answered, took: number, of: { direction: Direction; visit?: string | undefined }): void;
  /** Told that an annulment waits to be forwarded. */
  annulled(): void;
}

/** Where its store cannot be read, the gate knows no pass, and decides by signature. */
function recogniseWith({ disk, passes, trusted }: Judge, credential: Credential, at: { campus: number; now: number }) {
  const none = { find: () => undefined, findByCode: () => [], findByPlate: () => [] };
  return disk.read(
    () => recognise(credential, { passes, trusted, ...at }),
    () => recognise(credential, { passes: none, trusted, ...at }),
  );
}

/** Guessing stops here; a QR without a document is not guessing and stays free. */
const wrongAllowed = 10;
const wrongWithin = 5 * minute;

/** A device that asks the same again so soon saw the same person, whose pass is used up by then. */
const sameScanWithin = 2 * second;
const usedUp = new Set<ReasonCode>(['already_used', 'already_inside']);

/**
 * Answers a scan once: the same nonce from the same device gets the same answer and makes no second event.
 * The event is on the disk before this returns; where that takes none, in memory, and the guard is told. Times are the gate's own clock, epoch milliseconds.
 */
export function answerScan(request: ScanRequest, judge: Judge, now = Date.now()): Answered {
  const answered = judgeScan(request, judge, now);
  return judge.disk.isFailing() && answered.open
    ? { ...answered, notes: [...answered.notes, { kind: 'unwritten' }] }
    : answered;
}

function judgeScan(request: ScanRequest, judge: Judge, now: number): Answered {
  const { credential, direction, askedBy } = request;
  const began = performance.now();
  const asked = JSON.stringify([direction, credential.kind, credential.value, credential.document ?? null]);
  const earlier = judge.scans.find(request, asked);
  if (earlier === 'repeated') return refusal('error');
  if (earlier) return earlier;
  const place = judge.position.place();
  if (!place) return refusal('device_offline');

  const guessing = credentials[credential.kind].guessable || credential.document !== undefined;
  const spent = guessing && judge.scans.wrongSince(askedBy, now - wrongWithin) >= wrongAllowed;
  const recognised = spent ? undefined : recogniseWith(judge, credential, { campus: place.campus, now });
  const decision: Decision = spent
    ? { open: false, reason: 'too_many_tries' }
    : isDamaged(recognised, credential)
      ? { open: false, reason: 'unreadable' }
      : decide(recognised?.presented, whatIsKnown(recognised, direction, judge), place, direction, now);

  const same = judge.scans.justOpened(request.device, asked, { from: now - sameScanWithin, to: now });
  if (same && (decision.open || usedUp.has(decision.reason))) {
    judge.scans.keepRepeated(request, same.nonce, now);
    return same.answered;
  }

  const answered: Answered = {
    ...decision,
    party: partyOf(recognised?.known),
    notes: decision.open
      ? notesOf(recognised, direction, judge, now)
      : [...notesOfRefusal(decision, recognised, now), ...notesOfClock(decision, judge)],
  };
  judge.scans.keep({
    ...answered,
    device: request.device,
    nonce: request.nonce,
    asked,
    askedBy,
    guard: request.guard,
    at: now,
    direction,
    method: credential.kind,
    wrong: guessing && !spent && isWrong(recognised),
    ...(decision.open ? { event: randomUUID() } : {}),
    step: recognised?.presented.step,
    version: recognised?.presented.version,
    byDocument: recognised?.presented.document === 'matches',
    ...(recognised?.presented.authentic ? { pass: recognised } : {}),
  });
  const visit = recognised?.presented.authentic ? recognised.reservation : undefined;
  judge.answered(answered, performance.now() - began, { direction, visit });
  return answered;
}

export const refusal = (reason: 'error' | 'device_offline' | 'unreadable'): Answered => ({
  open: false,
  reason,
  party: null,
  notes: [],
});

function notesOf(recognised: Recognised | undefined, direction: Direction, judge: Judge, now: number): Note[] {
  const notes: Note[] = judge.position.caughtUp() ? [] : [{ kind: 'catching_up' }];
  if (!recognised || direction === 'out') return notes;
  const { reservation, ordinal } = recognised;
  const here = judge.scans.lastEntry(reservation, ordinal, { from: now - againWithin, to: now });
  const elsewhere = judge.elsewhere.find(reservation, ordinal, now);
  if (elsewhere && elsewhere.at > (here ?? 0)) {
    return [...notes, { kind: 'again', ago: now - elsewhere.at, gate: elsewhere.gate }];
  }
  return here === undefined ? notes : [...notes, { kind: 'again', ago: now - here }];
}

/** How far off they are decides what a guard does: a visitor who is early by minutes waits here. */
function notesOfRefusal({ reason }: Decision, recognised: Recognised | undefined, now: number): Note[] {
  if (!recognised) return [];
  const { from, until } = recognised.presented;
  if (reason === 'not_yet_valid') return [{ kind: 'early', from, wait: from - now }];
  return reason === 'expired' ? [{ kind: 'late', until }] : [];
}

const byClock: ReadonlySet<ReasonCode> = new Set<ReasonCode>(['not_yet_valid', 'expired', 'stale_code']);

/** Whoever is refused by the hour alone may be right. */
const notesOfClock = ({ reason }: Decision, { clock }: Judge): Note[] =>
  byClock.has(reason) && clock.isWrong() ? [{ kind: 'clock' }] : [];

function whatIsKnown(recognised: Recognised | undefined, direction: Direction, { scans }: Judge) {
  if (!recognised?.presented.authentic) return {};
  const { reservation, ordinal, known } = recognised;
  const lastSeen = scans.lastSeen(reservation, ordinal);
  const usedStep = scans.usedStep(reservation, ordinal, direction);
  return {
    ...(known ? { stored: { version: known.version, revoked: known.revoked } } : {}),
    ...(lastSeen ? { lastSeen } : {}),
    ...(usedStep === undefined ? {} : { usedStep }),
  };
}

/** Not the visitor's fault, and no forgery: a scanner or an input method did it. */
const isDamaged = (recognised: Recognised | undefined, { kind, value }: Credential): boolean =>
  kind === 'qr' && recognised === undefined && looksDamaged(value);

const isWrong = (recognised: Recognised | undefined): boolean =>
  recognised === undefined || recognised.presented.document === 'differs';

const partyOf = (known: KnownPass | undefined): Party | null =>
  known?.guard ? { name: known.guard.name, plate: known.guard.plate ?? null } : null;
