import { day, hour } from '../domain/time.ts';

/**
 * So many hours from 10:00 in Shanghai, so many days ahead: within one day, and far enough away that nothing ends by
 * itself unless a test wants it to.
 */
export function on(days: number, hours = 2): { from: Date; until: Date } {
  const from = new Date(Math.floor(Date.now() / day) * day + days * day + 2 * hour);
  return { from, until: new Date(from.getTime() + hours * hour) };
}
