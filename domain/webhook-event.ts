import type { Projection } from './projection.ts';
import type { Direction, Stage } from './reservation.ts';
import { hour, minute, second } from './time.ts';

/** What other systems can be told of a visit. Names as Standard Webhooks wants them: a noun, a dot, what happened. */
export const webhookEvents = [
  'visit.requested',
  'visit.returned',
  'visit.approved',
  'visit.ready',
  'visit.entered',
  'visit.left',
  'visit.ended',
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** An admin's trial of a web hook; nothing happened. */
export const trialEvent = 'webhook.trial';

/** @returns what a transition tells; undefined where nobody outside is told of it */
export function eventOfTransition(before: Stage, now: Stage): WebhookEvent | undefined {
  if (before === now) return undefined;
  if (now === 'approval') return 'visit.requested';
  if (now === 'closed') return 'visit.ended';
  if (now === 'visit') return 'visit.ready';
  if (before === 'approval') return now === 'details' ? 'visit.returned' : 'visit.approved';
  return undefined;
}

export const eventOfGate = (direction: Direction): WebhookEvent =>
  direction === 'in' ? 'visit.entered' : 'visit.left';

/** Standard Webhooks: a message is its type, when it happened (ISO 8601, UTC), and thin data: ids, counts and instants. */
export interface WebhookBody {
  type: string;
  timestamp: string;
  data: Record<string, string | number | null>;
}

/** Where a visit stands after a transition. Of two bodies of one visit, the higher `sequence` is the newer. */
export function bodyOfTransition(event: WebhookEvent, projection: Projection): WebhookBody {
  const { reservation, seq, stage, outcome, policy, at } = projection;
  return {
    type: event,
    timestamp: new Date(at).toISOString(),
    data: {
      visit: reservation,
      sequence: seq,
      stage,
      outcome: outcome ?? null,
      channel: policy?.channel ?? null,
      campus: policy?.campus ?? null,
      department: policy?.department ?? null,
      from: policy ? new Date(policy.from).toISOString() : null,
      until: policy ? new Date(policy.until).toISOString() : null,
      persons: policy?.persons ?? null,
    },
  };
}

/** Pauses before each further try, in ms: over three days in all, as Standard Webhooks proposes. */
const pauses = [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];

/**
 * @param attempts tries so far, from 1
 * @param chance from 0 up to 1: a tenth of the pause is spread, so that a receiver that comes back is not met by all at once
 * @returns ms until the next try; undefined: it is given up
 */
export function pauseAfter(attempts: number, chance: number): number | undefined {
  const pause = pauses[attempts - 1];
  return pause === undefined ? undefined : Math.round(pause * (1 + chance / 10));
}
