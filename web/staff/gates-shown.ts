import { minute, second } from '../../domain/time.ts';
import type { Gate } from '../../store/content/content.ts';
import type { GateStatus } from '../../store/gates/gate-status.ts';
import type { GateMisuse } from '../../store/gates/misuse.ts';

/** A gate asks every few seconds; one that has not asked for so long has no network, or no power. */
const silentAfter = 2 * minute;
/** A clock that differs by less is right: the way of the request is in it. */
const clockMayDiffer = 5 * second;

/** Gates as `staff/gates` draws them. */
export const gatesShown = (statuses: GateStatus[], gates: Gate[], misuse: GateMisuse[], now = Date.now()) =>
  statuses.map((status) => ({
    ...status,
    name: gates.find(({ id }) => id === status.gate)?.name,
    misuse: misuse.find(({ gate }) => gate === status.gate),
    behind: Math.max(0, status.feedPosition - status.appliedThrough),
    silent: status.seenAt !== null && now - status.seenAt.getTime() > silentAfter,
    /** Seconds, where it matters. */
    clockOff: Math.abs(status.clockAhead ?? 0) > clockMayDiffer ? Math.round((status.clockAhead ?? 0) / second) : 0,
  }));
