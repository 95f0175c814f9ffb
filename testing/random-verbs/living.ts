import { day, dayOf, hour } from '../../domain/time.ts';
import { aPolicy } from '../policies.ts';
import { randomOf } from '../random.ts';
import { aSubmittedReservation, somebody } from '../reservations.ts';
import { rungsEvery } from '../rungs.ts';
import type { System } from '../system.ts';
import { VisitorBrowser } from '../visitor-browser.ts';
import type { Act } from './act.ts';
import { invariantsOf } from './invariants.ts';
import { type Office, policiesOf } from './people.ts';
import { anAct } from './verbs.ts';

const never = 9_000;
const mostActs = 30;

/**
 * One visit under a policy at random, at which people say whatever comes to mind, now and then two at once, while the ladder
 * climbs or does not. The same seed says the same, as far as clocks let it.
 *
 * @returns the HTTP statuses that were answered
 * @throws Error with the seed and everything that was said, where an invariant does not hold
 */
export async function liveAtRandom(system: System, office: Office, seed: number): Promise<number[]> {
  const random = randomOf(seed);
  const policies = policiesOf(office);
  const policy = random.below(policies.length);
  const every = random.pick([never, never, 2, 0.7]);
  await aPolicy(system.owner, policies[policy] ?? null, { department: office.department, channel: null });
  await rungsEvery(system.owner, every, every, every, every);
  const phone = `137${String(10_000_000 + (seed % 80_000_000)).padStart(8, '0')}`;
  const from = new Date(new Date(`${dayOf(Date.now() + (1 + random.below(4)) * day)}T10:00+08:00`));
  const window = { from, until: new Date(from.getTime() + 2 * hour) };
  const { reservation } = await aSubmittedReservation(system, { who: { ...somebody, phone }, ...window });
  const visitor = new VisitorBrowser(system, { phone });
  await visitor.register();
  const { id: asked } = await system.db('request').where({ reservation_id: reservation, kind: 'submit' }).first('id');
  const invariants = invariantsOf(system, { reservation, asked });
  const said: string[] = [];
  const statuses: number[] = [];

  async function send(act: Act): Promise<void> {
    const status = await act.send();
    said.push(`${act.name} → ${status ?? '-'}`);
    if (status === undefined) return;
    statuses.push(status);
    if (status >= 500) throw new Error(`Answered ${status}`);
  }

  try {
    await invariants.holdsAtRest();
    let afterTheEnd = 0;
    for (let n = 0; n < mostActs && afterTheEnd < 4; n += 1) {
      const acts = [await anAct({ system, office, random, reservation, visitor })];
      if (random.chance(0.2)) acts.push(await anAct({ system, office, random, reservation, visitor }));
      await Promise.all(acts.map(send));
      await invariants.holdsNow();
      const { stage } = await invariants.holdsAtRest();
      if (stage === 'closed') afterTheEnd += 1;
    }
  } catch (error) {
    const told = `XIAOMEN_SEED=${seed} (policy ${policy}, rungs every ${every} s, ${reservation}):\n${said.join('\n')}`;
    throw new Error(`${(error as Error).message}\n${told}`, { cause: error });
  }
  return statuses;
}
