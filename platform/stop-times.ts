/**
 * How long the end of a process may take, in ms, from SIGTERM on. The steps of a process come one after the other, the
 * traces last, so that their sum is what it takes at most. It has to stay below `whole`, at which the process is cut off.
 */
export const stopTimes = {
  whole: 10_000,
  /** Requests that were begun; then what they leaned on. */
  web: { requests: 6_000, parts: 1_500 },
  /** What is under way, activities included; then what it leaned on. */
  worker: { work: 6_500, parts: 1_000 },
  /** Scans are answered in milliseconds: a request that is not done after two seconds will not be. Then the gate's own work. */
  gate: { requests: 2_000, work: 5_000 },
  /** Calls that were begun, polls being ended at once; then what it leaned on. */
  door: { calls: 2_000, parts: 3_000 },
  /** What is left of the traces is handed to a collector. */
  traces: 1_500,
  /** After how long activities of an engine's worker are cancelled, and after how long it ends without them; within its step above. */
  activities: {
    worker: { cancelledAfter: 4_500, leftAfter: 6_000 },
    gate: { cancelledAfter: 3_000, leftAfter: 4_500 },
  },
};
