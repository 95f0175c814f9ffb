import { hour, minute } from './time.ts';

/** Until the second try of a message, until the third, and so on; after the last as long again each time. */
const pauses = [minute, 5 * minute, 15 * minute, hour];

/** How long a message waits for its next try, in ms. @param tries so far: one that reached nobody is none */
export const pauseAfter = (tries: number): number => pauses[Math.max(tries, 1) - 1] ?? hour;
