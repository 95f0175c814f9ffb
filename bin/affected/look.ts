import type { Knex } from 'knex';
import { touchedByApiKey } from '../../store/incidents/by-api-key.ts';
import { touchedByCopy } from '../../store/incidents/by-copy.ts';
import { touchedByGate } from '../../store/incidents/by-gate.ts';
import { touchedByKey } from '../../store/incidents/by-key.ts';
import { touchedByStaff } from '../../store/incidents/by-staff.ts';
import { touchedByVisit } from '../../store/incidents/by-visit.ts';
import { touchedByWebhook } from '../../store/incidents/by-webhook.ts';
import type { Incident } from '../../store/incidents/touched.ts';
import type { Asked } from './asked.ts';

/** What was asked, looked up; and how it is named in the audit, by ids. */
export interface Found {
  incident: Incident;
  detail: Record<string, unknown>;
}

/** @throws Error where there is no such gate, account or visit */
export async function lookUp(db: Knex, asked: Asked): Promise<Found> {
  switch (asked.incident) {
    case 'gate':
      return { incident: there(await touchedByGate(db, asked), `gate ${asked.gate}`), detail: { ...asked } };
    case 'key':
      return { incident: await touchedByKey(db, asked), detail: { ...asked } };
    case 'api': {
      const { key, since } = asked;
      const ids = there(await namedBy(db, 'api_key', key), 'API key of that name');
      return {
        incident: await touchedByApiKey(db, { keys: ids, since }),
        detail: { incident: 'api', keys: ids, since },
      };
    }
    case 'webhook': {
      const { webhook, since } = asked;
      const ids = there(await namedBy(db, 'webhook', webhook), 'web hook of that name');
      return {
        incident: await touchedByWebhook(db, { webhooks: ids, since }),
        detail: { incident: 'webhook', webhooks: ids, since },
      };
    }
    case 'copy':
      return { incident: await touchedByCopy(db, asked), detail: { ...asked } };
    case 'staff': {
      const { username, ...times } = asked;
      const { id } = there(
        await db('staff').where({ username }).first<{ id: string } | undefined>('id'),
        'account of that user name',
      );
      return { incident: await touchedByStaff(db, { ...times, staff: id }), detail: { ...times, staff: id } };
    }
    case 'visit':
      return { incident: there(await touchedByVisit(db, asked), 'visit of that id'), detail: { ...asked } };
  }
}

/** By its name, which several may have had, or by its id; also those that were ended since. */
async function namedBy(db: Knex, table: 'api_key' | 'webhook', name: string): Promise<string[] | undefined> {
  const ids: string[] = await db(table).whereRaw('label = ? or id::text = ?', [name, name]).orderBy('id').pluck('id');
  return ids.length > 0 ? ids : undefined;
}

function there<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`There is no ${what}`);
  return found;
}
