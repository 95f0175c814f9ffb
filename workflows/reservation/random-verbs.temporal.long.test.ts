import { afterAll, beforeAll, expect, it } from 'vitest';
import { liveAtRandom } from '../../testing/random-verbs/living.ts';
import { anOffice, type Office } from '../../testing/random-verbs/people.ts';
import { roundTheClock } from '../../testing/rungs.ts';
import { type System, startSystem } from '../../testing/system.ts';

/**
 * Visits at which people say whatever comes to mind. `XIAOMEN_SEED` begins with that visit, `XIAOMEN_VISITS` ends after so
 * many; left out, the same visits at every run, for as long as it takes to see every shape of policy several times.
 */

const minutes = 2.5;
const { XIAOMEN_SEED, XIAOMEN_VISITS } = process.env;
const first = Number(XIAOMEN_SEED ?? 510);
const visits = Number(XIAOMEN_VISITS ?? Number.POSITIVE_INFINITY);

let system: System;
let office: Office;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  await system.owner('campus').update({ daily_capacity: 50 });
  await roundTheClock(system.owner);
  office = await anOffice(system);
}, 120_000);
afterAll(() => system?.stop());

it('one outcome, one open round, somebody who can act, no pass unsigned, places and audit right, whatever is said', async () => {
  const end = Date.now() + minutes * 60_000;
  const statuses: number[] = [];
  let lived = 0;
  for (; lived < visits && Date.now() < end; lived += 1) {
    statuses.push(...(await liveAtRandom(system, office, first + lived)));
  }
  // Both what is allowed and what is not was said.
  expect(statuses).toContain(303);
  expect(statuses.some((status) => status === 404 || status === 409)).toBe(true);
  console.info(`${lived} visits from seed ${first}: ${statuses.length} answers`);
});
