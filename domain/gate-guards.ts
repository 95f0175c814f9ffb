import { z } from 'zod';

/**
 * Who may work at a gate's console, each by a PIN of their own. `web` seals the list to the gate and hands it over beside a page of
 * its feed whenever it is another one; the gate checks PINs by itself, whatever else is down.
 */

/** Digits of a PIN, drawn at random: a stolen box has the hashes, and each digit costs who tries them ten times as much. */
export const gatePinDigits = 8;

const guard = z.object({
  /** A member of staff: all that is told of a guard's acts. */
  id: z.uuid(),
  /** As they log in everywhere. */
  username: z.string(),
  name: z.string(),
  /** PHC string of argon2id. */
  pin: z.string(),
});
export type GateGuard = z.output<typeof guard>;

export const guardsShape = z.array(guard).max(1_000);

/** As it stands beside a page. `mark` tells one list from another; `sealed`, base64, is left out where the gate has it. */
export interface ToldGuards {
  mark: string;
  sealed?: string | undefined;
}

/** What the sealed bytes are bound to. */
export const guardsContext = (gate: string, mark: string): string => `guards/${gate}/${mark}`;

/** A gate that was told of no list yet. */
export const noMark = '-';
/** What a mark looks like in an address. */
export const markShape = z.string().regex(/^[A-Za-z0-9_-]{1,43}$/);
