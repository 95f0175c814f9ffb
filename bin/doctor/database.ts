import type { Knex } from 'knex';
import type { DatabaseSettings } from '../../platform/config.ts';
import { openDatabase } from '../../platform/db.ts';
import { missingMigrations } from '../setup/database.ts';
import type { Check } from './check.ts';

export function databaseChecks(settings: DatabaseSettings & { XIAOMEN_MODE: string }): Check[] {
  const ask = async <T>(question: (db: Knex) => Promise<T>): Promise<T> => {
    const db = openDatabase({ ...settings, DATABASE_POOL: 2 });
    try {
      return await question(db);
    } catch (error) {
      throw (error as { code?: string }).code === 'ECONNREFUSED' ? new Error('nothing answers at DATABASE_URL') : error;
    } finally {
      await db.destroy();
    }
  };
  return [
    {
      name: 'PostgreSQL',
      look: () =>
        ask(async (db) => {
          const [row] = (
            await db.raw(
              `select current_setting('server_version_num')::int as number, current_setting('server_version') as version, current_setting('server_encoding') as encoding`,
            )
          ).rows;
          if (row.number < 180_000) throw new Error(`is version ${row.version}: 18 or later is needed`);
          if (row.encoding !== 'UTF8') throw new Error(`stores ${row.encoding}: the database must be UTF8`);
          return `version ${row.version}, ${row.encoding}`;
        }),
    },
    {
      name: 'schema',
      async look() {
        const missing = await missingMigrations(settings.DATABASE_URL);
        if (missing.length > 0) throw new Error(`${missing.join(', ')} missing: run "npm run migrate"`);
        return 'up to date';
      },
    },
    {
      name: 'database role',
      look: () =>
        ask(async (db) => {
          const [row] = (
            await db.raw(
              `select current_user as name, pg_has_role(current_user, 'xiaomen_app', 'member') as member, has_table_privilege(current_user, 'audit', 'update') or has_table_privilege(current_user, 'audit', 'delete') as may_rewrite`,
            )
          ).rows;
          if (!row.member) throw new Error(`${row.name} is not in xiaomen_app: grant xiaomen_app to ${row.name}`);
          if (row.may_rewrite)
            throw new Error(`${row.name} may rewrite the audit: use a role that is only in xiaomen_app`);
          return `${row.name}, which may only insert into the audit`;
        }),
    },
    {
      name: 'content',
      look: () =>
        ask(async (db) => {
          if (!(await db('university').first())) throw new Error('the university row is missing');
          const kinds = await db('notice').distinct().pluck('kind');
          if (kinds.length < 4) throw new Error(`only these notices are published: ${kinds.join(', ') || 'none'}`);
          return 'university and notices are there';
        }),
    },
    {
      name: 'admins',
      look: () =>
        ask(async (db) => {
          const staff = db('staff').where({ is_admin: true }).whereNull('left_at');
          const admins = await (settings.XIAOMEN_MODE === 'demo' ? staff : staff.where({ demo: false }));
          if (admins.length === 0) throw new Error('there is none: run "npm run admin:create"');
          return `${admins.length}`;
        }),
    },
    {
      name: 'gates',
      look: () =>
        ask(async (db) => {
          const rows = await db('gate')
            .leftJoin('gate_contact', 'gate_contact.gate_id', 'gate.id')
            .whereNull('gate.retired_at')
            .select('gate.id', 'gate_contact.seen_at');
          const silent = rows
            .filter(({ seen_at }) => !seen_at || Date.now() - seen_at.getTime() > 60_000)
            .map(({ id }) => id);
          if (silent.length > 0) throw new Error(`not heard from for a minute: ${silent.join(', ')}`);
          return rows.length === 0 ? 'none yet' : `all heard from: ${rows.map(({ id }) => id).join(', ')}`;
        }),
    },
  ];
}
