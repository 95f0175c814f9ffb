import type { Knex } from 'knex';
import { countOf, type Incident } from './touched.ts';

/**
 * What a web hook's secret signed. Whoever has it can tell the receiver something in our name, and reads nothing by it; what was
 * sent holds ids, counts and times, also for somebody who sat at the receiver. Messages are kept for a month.
 */
export const touchedByWebhook = async (db: Knex, of: { webhooks: string[]; since: Date }): Promise<Incident> => ({
  touched: [],
  figures: {
    webhook_messages: await countOf(
      db,
      'select count(*) from webhook_delivery where webhook_id = any(:webhooks::uuid[]) and attempts > 0 and made_at >= :since',
      of,
    ),
  },
});
