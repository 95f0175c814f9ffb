import { randomUUID } from 'node:crypto';
import { type HandReason, mayOverrule, overruledWithin } from '../domain/hand-entry.ts';
import type { Judge } from './answer-scan.ts';
import type { Answered, Party, ScanKey } from './scan.ts';

/** A guard opens by hand: the entry is on the disk like a scan, with the guard and the reason, and is forwarded like one. */

export interface HandEntry {
  /** Of this form: sent twice it is one entry. */
  nonce: string;
  reason: HandReason;
  guard?: string | undefined;
  /** With its version it is found afterwards where it had been taken back by then, and this gate had not heard of that. */
  pass: { reservation: string; ordinal: number; version?: number | undefined };
  party: Party | null;
}

/** The same form gets the same answer, also after a crash. */
export function letIn({ nonce, reason, guard, pass, party }: HandEntry, judge: Judge, now = Date.now()): Answered {
  const began = performance.now();
  const key = { device: 'console', nonce };
  const asked = JSON.stringify(['hand', pass.reservation, pass.ordinal, reason]);
  const earlier = judge.scans.find(key, asked);
  if (earlier) return earlier === 'repeated' ? { open: false, reason: 'error', party: null, notes: [] } : earlier;
  const answered: Answered = { open: true, reason: 'ok', party, notes: [] };
  judge.scans.keep({
    ...key,
    ...answered,
    asked,
    askedBy: 'console',
    guard,
    byHand: reason,
    at: now,
    direction: 'in',
    method: 'hand',
    wrong: false,
    byDocument: reason === 'document_shown',
    event: randomUUID(),
    version: pass.version,
    pass,
  });
  judge.answered(answered, performance.now() - began, { direction: 'in', visit: pass.reservation });
  return answered;
}

/** Whose refusal at this console a guard may overrule now; undefined: none, or it is too long ago. */
export function overrulable(of: ScanKey, judge: Judge, now = Date.now()) {
  const refused = judge.scans.refused(of);
  const isOne = refused?.direction === 'in' && mayOverrule(refused.reason) && now - refused.at < overruledWithin;
  return isOne ? refused : undefined;
}
