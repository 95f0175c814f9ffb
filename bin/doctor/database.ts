import type { Knex } from 'knex';
import { openDatabase } from '../../platform/db.ts';
import { missingMigrations } from '../setup/database.ts';
import { databaseWords } from '../setup/database-words.ts';
import type { Check } from './check.ts';
import type { SettingsOf } from './settings.ts';

type Asked = Pick<SettingsOf<'application'>, 'DATABASE_URL' | 'DATABASE_OWNER_URL' | 'XIAOMEN_MODE'>;

export function databaseChecks(settings: Asked): Check[] {
  const ask = async <T>(
    question: (db: Knex) => Promise<T>,
    setting: 'DATABASE_URL' | 'DATABASE_OWNER_URL' = 'DATABASE_URL',
  ): Promise<T> => {
    const url = settings[setting] ?? '';
    const db = openDatabase({ DATABASE_URL: url, DATABASE_POOL: 2 });
    try {
      return await question(db);
    } catch (error) {
      throw new Error(databaseWords(error, setting, url));
    } finally {
      await db.destroy();
    }
  };
  /** What one row of the application's database tells. */
  const tells = (name: string, statement: string, judge: (row: Row) => string): Check => ({
    name,
    needs: ['DATABASE_URL'],
    look: () => ask(async (db) => judge(await firstRow(db, statement))),
  });
  return [
    tells(
      'PostgreSQL',
      `select current_setting('server_version_num')::int as number, current_setting('server_version') as version, current_setting('server_encoding') as encoding`,
      ({ number, version, encoding }) => {
        if (number < 180_000) throw new Error(`is version ${version}: 18 or later is needed`);
        if (encoding !== 'UTF8') throw new Error(`stores ${encoding}: the database must be UTF8`);
        return `version ${version}, ${encoding}`;
      },
    ),
    {
      name: 'schema',
      needs: ['DATABASE_URL'],
      look: () =>
        ask(async () => {
          const missing = await missingMigrations(settings.DATABASE_URL);
          if (missing.length > 0) throw new Error(`${missing.join(', ')} missing: run "npm run migrate"`);
          return 'up to date';
        }),
    },
    {
      name: 'database owner',
      needs: ['DATABASE_OWNER_URL'],
      async look() {
        if (!settings.DATABASE_OWNER_URL) return 'DATABASE_OWNER_URL is not set: only "npm run migrate" needs it';
        return ask(async (db) => {
          const { name, may_create } = await firstRow(
            db,
            `select current_user as name, has_schema_privilege('public', 'create') as may_create`,
          );
          if (!may_create) throw new Error(`${name} may not make tables: use the schema's owner`);
          return `${name}, who may make tables`;
        }, 'DATABASE_OWNER_URL');
      },
    },
    tells(
      'database role',
      `select current_user as name, pg_has_role(current_user, 'xiaomen_app', 'member') as member, has_table_privilege(current_user, 'audit', 'update') or has_table_privilege(current_user, 'audit', 'delete') as may_rewrite`,
      ({ name, member, may_rewrite }) => {
        if (!member) throw new Error(`${name} is not in xiaomen_app: grant xiaomen_app to ${name}`);
        if (may_rewrite) throw new Error(`${name} may rewrite the audit: use a role that is only in xiaomen_app`);
        return `${name}, which may only insert into the audit`;
      },
    ),
    {
      name: 'content',
      needs: ['DATABASE_URL'],
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
      needs: ['DATABASE_URL', 'XIAOMEN_MODE'],
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
      needs: ['DATABASE_URL'],
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

// biome-ignore lint/suspicious/noExplicitAny: each statement names its own columns.
type Row = any;

const firstRow = async (db: Knex, statement: string): Promise<Row> => (await db.raw(statement)).rows[0];
