import type { Knex } from 'knex';
import type { LiveKind } from '../../platform/live-keys.ts';
import { sealedColumns, sealedUnder } from '../keys/resealing.ts';
import { touchedByCopy } from './by-copy.ts';
import { countOf, type Incident, touchedBy } from './touched.ts';

/**
 * Who is touched by a key that leaked. Keys of columns and of look-ups open nothing without the rows, and then everything: they
 * count like a copy of the database as it is. Keys of the engine's payloads and of the feed protect ids and pages for gates;
 * nobody's data is under them.
 *
 * @param of.kid of `field` and `pass`: which one; left out: any
 */
export async function touchedByKey(db: Knex, { kind, kid }: { kind: LiveKind; kid?: string }): Promise<Incident> {
  switch (kind) {
    case 'field': {
      const copy = await touchedByCopy(db, { at: new Date() });
      return kid ? { ...copy, figures: { ...copy.figures, values_under_key: await valuesUnder(db, kid) } } : copy;
    }
    case 'index':
      return touchedByCopy(db, { at: new Date() });
    case 'pass': {
      const of = { kid: kid === undefined ? null : Number(kid) };
      const under = '(cast(:kid as int) is null or p.key_id = cast(:kid as int))';
      return {
        touched: await touchedBy(db, `${livePasses} and ${under}`, of),
        figures: {
          printed: await countOf(db, `select count(*) ${live} and ${under} and p.printed_at is not null`, of),
        },
      };
    }
    case 'renewal':
      return { touched: await touchedBy(db, `${livePasses} and p.form = 'renewed'`, {}), figures: {} };
    case 'session':
      return { touched: await touchedBy(db, sessions, {}), figures: {} };
    case 'codec':
      return {
        touched: [],
        figures: { open_visits: await countOf(db, `select count(*) from reservation where stage <> 'closed'`) },
      };
    case 'feed':
      return {
        touched: [],
        figures: { gates_in_service: await countOf(db, 'select count(*) from gate where retired_at is null') },
      };
  }
}

async function valuesUnder(db: Knex, kid: string): Promise<number> {
  const columns = await sealedColumns(db);
  const counts = await Promise.all(columns.map((column) => sealedUnder(db, column, kid)));
  return counts.reduce((sum, count) => sum + count, 0);
}

const live = `from pass p where p.revoked_at is null and p.valid_until > now()
  and not exists (select from pass n where n.id = p.id and n.version > p.version)`;
const livePasses = `select distinct 'visit' as kind, p.reservation_id as id, p.ordinal, 'pass' as what ${live}`;

const sessions = `
  select distinct 'account' as kind, sess->>'visitor' as id, null::int as ordinal, 'session' as what
    from visitor_session where sess->>'visitor' is not null and expire > now()
  union all
  select distinct 'staff', sess->>'staff', null::int, 'session'
    from staff_session where sess->>'staff' is not null and expire > now()`;
