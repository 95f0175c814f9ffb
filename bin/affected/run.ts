import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Knex } from 'knex';
import { createFieldCipher } from '../../platform/crypto.ts';
import { openDatabase } from '../../platform/db.ts';
import { readFieldKeys } from '../../platform/keys.ts';
import { record } from '../../store/audit/audit.ts';
import type { AffectedPerson } from '../../store/incidents/affected-person.ts';
import { affectedPeople } from '../../store/incidents/people.ts';
import { readAsked } from './asked.ts';
import { listOf } from './list.ts';
import { type Found, lookUp } from './look.ts';
import { sheetOf } from './sheet.ts';

/** Reading everything that there is may take longer than a page may. */
const limits = { DATABASE_POOL: 1, DATABASE_STATEMENT_MS: 600_000, DATABASE_TRANSACTION_IDLE_MS: 600_000 };

/**
 * Lists who is touched, and writes the file where one was asked for.
 *
 * @param env `DATABASE_OWNER_URL`, and `KEYS_DIR` with field.json
 * @throws Error with a sentence: what was asked cannot be read, is not there, or may not be asked by this role
 */
export async function listAffected(args: string[], env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<void> {
  const { asked, exportTo } = readAsked(args);
  const { DATABASE_OWNER_URL = '', KEYS_DIR = '' } = env;
  if (!DATABASE_OWNER_URL || !KEYS_DIR) throw new Error('Settings: DATABASE_OWNER_URL and KEYS_DIR are needed');
  const file = exportTo && resolve(env.INIT_CWD ?? '.', exportTo);
  if (file && existsSync(file)) throw new Error(`${exportTo} is there already: choose another name`);
  const cipher = createFieldCipher(readFieldKeys(KEYS_DIR));
  const owner = openDatabase({ DATABASE_URL: DATABASE_OWNER_URL, ...limits });
  try {
    await refuseOthers(owner);
    const found = await lookUp(owner, asked);
    const people = await affectedPeople(owner, cipher, found.incident.touched);
    await note(owner, 'affected_listed', found, people);
    for (const line of listOf(found.incident, people)) say(line);
    if (!file) return;
    // In the audit before it is on the disk: there may be a record without a file, and no file without a record.
    await note(owner, 'affected_exported', found, people);
    writeFileSync(file, sheetOf(people), { mode: 0o600, flag: 'wx' });
    say(`${people.length} people are in ${file}, which only this account can read: delete it when they were told.`);
  } finally {
    await owner.destroy();
  }
}

/** The application's role, which `web` and `worker` have, does not list people. */
async function refuseOthers(db: Knex): Promise<void> {
  const { rows } = await db.raw<{ rows: [{ owns: boolean }] }>(
    `select pg_has_role(current_user, (select relowner from pg_class where oid = 'public.audit'::regclass), 'member') as owns`,
  );
  if (!rows[0].owns) throw new Error('DATABASE_OWNER_URL is not the owner of the schema');
}

async function note(db: Knex, action: 'affected_listed' | 'affected_exported', found: Found, people: AffectedPerson[]) {
  const visits = new Set(people.flatMap((person) => person.visits)).size;
  const detail = { ...found.detail, people: people.length, visits };
  await record(db, {
    actor: { kind: 'system', id: 'affected' },
    action,
    subject: { kind: 'list', id: 'affected' },
    detail,
  });
}
