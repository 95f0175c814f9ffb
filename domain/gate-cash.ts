import { z } from 'zod';
import { highestFee } from './fee.ts';
import { gateAnswer } from './gate-ask.ts';
import { daysOfLongestVisit } from './visit-window.ts';

/**
 * Cash at a gate: the guard looks a vehicle up by its plate, takes the money and notes it. The gate asks `web` with its own key and
 * believes answers of the feed key alone. Nothing of it is kept at the gate: without contact nothing can be noted.
 */

/** `POST /gates/:id/cash/searches` */
export const cashSearch = z.strictObject({
  /** Normalised. */
  plate: z.string().min(1).max(20),
});
export type CashSearch = z.output<typeof cashSearch>;

const amount = z
  .int()
  .min(1)
  .max(highestFee * daysOfLongestVisit);

/** `POST /gates/:id/cash`; sent again with the same id it is one payment. */
export const cashNote = z.strictObject({
  id: z.uuid(),
  reservation: z.uuid(),
  /** Fen, as the guard was told and took it. */
  amount,
  /** A member of staff: who took the money. */
  guard: z.uuid(),
});
export type CashNote = z.output<typeof cashNote>;

/** What a vehicle has to pay now. */
const cashDue = z.object({
  reservation: z.uuid(),
  /** The lead visitor, masked; null once erased. */
  lead: z.string().nullable(),
  amount,
  /** The visit; epoch milliseconds. */
  from: z.int(),
  until: z.int(),
});
export type CashDue = z.output<typeof cashDue>;

export const cashFound = gateAnswer.extend({
  dues: z.array(cashDue).max(20),
  /** Who may take money at this campus: its security desk. */
  guards: z.array(z.object({ id: z.uuid(), name: z.string() })),
});
export type CashFound = z.output<typeof cashFound>;

/** `other_amount`: something else is due; `no_guard`: this person takes no money here; `other_note`: the id is of another payment. */
export const cashEnds = ['noted', 'not_due', 'other_amount', 'no_guard', 'other_note'] as const;
export type CashEnd = (typeof cashEnds)[number];
export const cashNoted = gateAnswer.extend({
  end: z.enum(cashEnds),
});
export type CashNoted = z.output<typeof cashNoted>;
