/** How a process's connections are shared out, and what settings say that cannot be. */

interface Shares {
  DATABASE_POOL: number;
  ACTIVITY_SLOTS?: number | undefined;
}
interface Contradictory extends Partial<Shares> {
  DATABASE_PROJECTION_POOL?: number;
  DATABASE_LOCK_MS?: number;
  DATABASE_STATEMENT_MS?: number;
}

/** Connections that are left to what is no activity: the senders of kept requests, the announcer, queued messages, sweeps. */
const spare = 4;

/** Connections of `web` for what is found by ids, beside its pool: few, since each plans the same statements. */
export const byIdConnections = 6;

/** How many activities a worker does at once: each finds a connection. */
export const activitySlots = (settings: Shares): number => settings.ACTIVITY_SLOTS ?? settings.DATABASE_POOL - spare;

/** Values that are right by themselves and wrong beside another setting, a sentence each without the setting's name. */
export function contradictionsIn(settings: Contradictory): { name: string; problem: string }[] {
  const { DATABASE_POOL: pool, ACTIVITY_SLOTS: slots, DATABASE_PROJECTION_POOL: projections } = settings;
  const { DATABASE_LOCK_MS: lock, DATABASE_STATEMENT_MS: statement } = settings;
  const found: { name: string; problem: string }[] = [];
  if (pool !== undefined && projections !== undefined) {
    const most = pool - spare;
    if (most < 1)
      found.push({ name: 'DATABASE_POOL', problem: `is ${pool}, but a worker needs at least ${spare + 1}` });
    else if (slots !== undefined && slots > most) {
      const problem = `is ${slots}, but must be at most ${most}: DATABASE_POOL, ${pool}, less ${spare} for what is no activity`;
      found.push({ name: 'ACTIVITY_SLOTS', problem });
    }
  }
  if (lock !== undefined && statement !== undefined && lock >= statement) {
    const problem = `is ${lock}, but must be less than DATABASE_STATEMENT_MS, ${statement}: a lock is given up first`;
    found.push({ name: 'DATABASE_LOCK_MS', problem });
  }
  return found;
}
