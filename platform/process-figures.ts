import { performance } from 'node:perf_hooks';
import { Gauge, register } from 'prom-client';
import type { Database } from './db.ts';

/** What a process says of itself beside the usual: how busy its one thread is, and its connections to the database. */

/** The part of a pool that counts, as Knex has it. */
interface Pool {
  max: number;
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
}

const pools = new Map<string, Pool>();

/** From now on `/metrics` tells of these pools, by their names; a later one of the same name takes its place. */
export function watchPools(watched: Record<string, Database>): void {
  for (const [name, db] of Object.entries(watched)) pools.set(name, db.client.pool);
  if (register.getSingleMetric('xiaomen_database_connections')) return;
  new Gauge({
    name: 'xiaomen_database_connections',
    help: 'Connections to the database that are used or free, and callers that wait for one.',
    labelNames: ['pool', 'state'],
    collect() {
      for (const [pool, its] of pools) {
        this.set({ pool, state: 'used' }, its.numUsed());
        this.set({ pool, state: 'free' }, its.numFree());
        this.set({ pool, state: 'waiting' }, its.numPendingAcquires());
      }
    },
  });
  new Gauge({
    name: 'xiaomen_database_connections_max',
    help: 'How many connections a pool holds at most.',
    labelNames: ['pool'],
    collect() {
      for (const [pool, { max }] of pools) this.set({ pool }, max);
    },
  });
}

/** Called once a process. */
export function watchEventLoop(): void {
  let before = performance.eventLoopUtilization();
  new Gauge({
    name: 'xiaomen_event_loop_utilization',
    help: 'Part of the time since it was last asked in which the event loop was busy, 0 to 1.',
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
  });
}
