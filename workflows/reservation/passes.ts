import { patched } from '@temporalio/workflow';
import type { CoreActivities } from '../messages/activities.ts';
import { coreWith } from './activities.ts';
import { beside } from './beside.ts';
import { policyOf, readyOf, type Visit } from './visit.ts';

/** What the transitions of a visit want of its passes, one after another: none is made again by what came before. */
export function inTurn<T>(visit: Visit, work: () => Promise<T>): Promise<T> {
  const done = visit.passesMade.then(work);
  visit.passesMade = done.then(
    () => {},
    () => {},
  );
  return done;
}

type Issue = Parameters<CoreActivities['issuePasses']>[0];

/** Signed passes for some of the party, as the standing policy has them, under the transition that just happened. */
export function issuing(
  visit: Visit,
  summary: string,
  { ordinals, ...wish }: Pick<Issue, 'ordinals' | 'replaces' | 'binding' | 'late'>,
): () => Promise<unknown> {
  const { reservation } = visit.start;
  const { seq } = visit;
  const { submission } = policyOf(visit);
  return () => coreWith(summary).issuePasses({ reservation, submission, seq, ordinals, ...wish });
}

/** After a change: only passes that would say something else, and none for people who are no longer in the party. */
export function renewPasses(visit: Visit, replaces: string): Promise<unknown> {
  const ordinals = readyOf(policyOf(visit));
  return passWork(visit, issuing(visit, 'passes renewed', { ordinals, replaces }));
}

/** Tells a person who was awaited that their pass is there. */
export const issueLate = (visit: Visit, ordinal: number): Promise<unknown> =>
  passWork(visit, issuing(visit, 'a pass for somebody awaited', { ordinals: [ordinal], late: true }));

export const bindPass = (visit: Visit, ordinal: number, binding: string): Promise<unknown> =>
  passWork(visit, issuing(visit, 'a pass bound to a phone', { ordinals: [ordinal], binding }));

export function revokePass(visit: Visit, ordinal: number, because?: 'revoked'): Promise<unknown> {
  const { reservation } = visit.start;
  const { seq } = visit;
  const wish = { reservation, ordinals: [ordinal], seq, ...(because && { because }) };
  return passWork(visit, () => coreWith('a pass revoked').revokePasses(wish));
}

/**
 * All of them, as they stand; what is signed later is another version, and waits for this. It waits for nothing itself: what came
 * before makes no pass any more, and may be long in coming to know it.
 */
export function revokePasses(visit: Visit): Promise<unknown> {
  const { reservation } = visit.start;
  const { seq } = visit;
  const revoke = () => coreWith('passes revoked').revokePasses({ reservation, seq });
  if (!patched('passes off at once')) return passWork(visit, revoke);
  const before = visit.passesMade;
  const off = beside(visit, revoke);
  visit.passesMade = off.then(
    () => before,
    () => before,
  );
  return off;
}

const passWork = (visit: Visit, work: () => Promise<unknown>): Promise<unknown> =>
  beside(visit, () => inTurn(visit, work));
