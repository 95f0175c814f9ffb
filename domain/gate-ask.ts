import { z } from 'zod';

/**
 * What a gate posts to `web` beside its feed: signed by its own key, answered under the feed key. The body is signed as it is; nothing
 * personal stands in an address.
 */
export const gateAsks = ['cash-search', 'cash-note', 'refusals', 'emergency'] as const;
export type GateAsk = (typeof gateAsks)[number];

/** What a gate signs: never to be taken for a request for its feed. */
export const gateAskText = (request: { ask: GateAsk; gate: string; time: number; body: string }): string =>
  `xm-gate-${request.ask}\n${request.gate}\n${request.time}\n${request.body}`;

/** What the feed key signs of an answer. */
export const gateAnswerText = (ask: GateAsk, body: string): string => `xm-gate-${ask}-answer\n${body}`;

/** Of which request this is the answer: an older one answers nothing. */
export const gateAnswer = z.object({ gate: z.string(), asked: z.int() });
