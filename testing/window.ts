import { day, hour } from '../domain/time.ts';

/** One for all of a file: a day that ends while it runs moves nothing. */
const ten = Math.floor(Date.now() / day) * day + 2 * hour;

/**
 * So many hours from 10:00 in Shanghai, so many days ahead: within one day, and far enough away that nothing ends by
 * itself unless a test wants it to.
 */
export function on(days: number, hours = 2): { from: Date; until: Date } {
  const from = new Date(ten + days * day);
  return { from, until: new Date(from.getTime() + hours * hour) };
}
