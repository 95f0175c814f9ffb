import { setTimeout as pause } from 'node:timers/promises';
import type { createJourney } from '../../bench/journey.ts';
import type { Person } from '../../bench/people.ts';
import type { System } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';

/** Somebody with a fee to pay, page by page over HTTP, while parts die: what fails is tried again as a person would. */

export const fates = [
  'pays',
  'pays twice',
  'pays in cash',
  'pays and cancels',
  'cancels while paying',
  'pays nothing',
] as const;
export type Fate = (typeof fates)[number];

export type Milestone = 'ordered' | 'paid' | 'passed' | 'cancelled';

export interface Payer {
  system: System;
  journey: Awaited<ReturnType<typeof createJourney>>;
  visitor: Person;
  /** Of the security desk. */
  desk: Person;
  reservation: string;
  reached(milestone: Milestone): void;
}

const patience = 180;

export async function payAsFated(payer: Payer, fate: Fate): Promise<void> {
  if (fate === 'pays nothing') return void (await order(payer));
  if (fate === 'pays in cash') {
    await cash(payer);
    return passes(payer);
  }
  const id = await order(payer);
  if (fate === 'cancels while paying') {
    await Promise.all([atCashier(payer, id), cancel(payer)]);
    return;
  }
  if (fate === 'pays twice') await Promise.all([atCashier(payer, id), cash(payer)]);
  else await atCashier(payer, id);
  await passes(payer);
  if (fate === 'pays and cancels') await cancel(payer);
}

const stubbornly = <T>(what: string, act: () => Promise<T | undefined | false>) =>
  until(
    async () => {
      const done = await act().catch(async (error: unknown) => {
        await pause(300);
        throw error;
      });
      if (!done) await pause(300);
      return done;
    },
    what,
    patience,
  );

/** @returns the order's id */
async function order({ journey, visitor, reservation, reached }: Payer): Promise<string> {
  const path = `/reservations/${reservation}/payment`;
  const id = await stubbornly(`an order of ${reservation}`, async () => {
    const { values } = await journey.get(visitor, path);
    const shown = await journey.post(visitor, `${path}/orders`, { ...values, method: 'native' });
    return /\/orders\/([0-9a-f-]{36})$/.exec(shown.path)?.[1];
  });
  reached('ordered');
  return id;
}

/** WeChat Pay itself does not die: what it answers is final. */
async function atCashier({ system, reached }: Payer, id: string): Promise<void> {
  const answer = await fetch(`${system.sandbox}/inspect/pay/payments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ order: id, act: 'pay' }),
  });
  if (!answer.ok) throw new Error(`The cashier answers ${answer.status}`);
  reached('paid');
}

/** At the desk, until it is noted or nothing is due any more. */
async function cash({ journey, desk, reservation, reached }: Payer): Promise<void> {
  const path = `/security/visits/${reservation}`;
  let form: Record<string, string> | undefined;
  await stubbornly(`cash of ${reservation}`, async () => {
    if (!form) {
      const { values } = await journey.get(desk, path);
      if (!values.amount) return true;
      form = values;
    }
    const shown = await journey.post(desk, `${path}/cash`, form).catch((error: Error) => {
      // Somebody else has paid meanwhile: the money stays in the visitor's hand.
      if (error.message.includes('answered 409')) return { path };
      throw error;
    });
    return shown.path === path;
  });
  reached('paid');
}

async function passes({ system, reservation, reached }: Payer): Promise<void> {
  await stubbornly(`a pass of ${reservation}`, () =>
    system.owner('pass').where({ reservation_id: reservation }).first(),
  );
  reached('passed');
}

async function cancel({ system, journey, visitor, reservation, reached }: Payer): Promise<void> {
  const path = `/reservations/${reservation}`;
  await stubbornly(`the end of ${reservation}`, async () => {
    const row = await system.owner('reservation').where({ id: reservation }).first('stage');
    if (row.stage === 'closed') return true;
    const { values } = await journey.get(visitor, path);
    await journey.post(visitor, `${path}/cancellation`, values);
    return false;
  });
  reached('cancelled');
}
