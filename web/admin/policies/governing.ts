import type { Channel } from '../../../domain/reservation.ts';
import type { PolicyScope } from '../../../store/approval/policy.ts';

/** Which of several policies a visit goes by, also while one of them is not published yet. */

export const isSameScope = (one: PolicyScope, other: PolicyScope): boolean =>
  one.department === other.department && one.channel === other.channel;

/** The nearest department's on the way up, for its channel before one for both, else the university's: as `policyInForce`. */
export function governing(
  scopes: readonly PolicyScope[],
  departments: readonly { id: string; parent: string | null }[],
  visit: { department: string; channel: Channel },
): PolicyScope | undefined {
  const way: (string | null)[] = [];
  for (
    let at: string | null = visit.department;
    at !== null;
    at = departments.find(({ id }) => id === at)?.parent ?? null
  )
    way.push(at);
  way.push(null);
  for (const department of way) {
    for (const channel of [visit.channel, null]) {
      const found = scopes.find((scope) => isSameScope(scope, { department, channel }));
      if (found) return found;
    }
  }
  return undefined;
}
