import { z } from 'zod';
import { findPasswordProblem, leastPasswordLength, type PasswordProblem } from '../domain/password-rules.ts';
import { isUsername } from '../domain/username.ts';
import { readSettings } from '../platform/config.ts';
import { openDatabase } from '../platform/db.ts';
import { record } from '../store/audit/audit.ts';
import { nameUniversity } from '../store/content/university.ts';
import { createStaff } from '../store/staff/staff.ts';
import { ask, askSecretly } from './admin/ask.ts';

/**
 * npm run admin:create: makes an admin in the database of DATABASE_URL. Asks for name and password;
 * without a terminal it reads username, name and password as three lines. Where the office has no university yet it gets a
 * name to begin with. The admin chooses another password at the first login: this one was typed for them, or is in a script.
 */

const passwordSentences: Record<PasswordProblem, string> = {
  empty: 'The password must not be empty.',
  short: `The password must have at least ${leastPasswordLength} characters.`,
  long: 'The password is too long.',
  characters: 'The password holds signs that nobody can type.',
  common: 'This password is among those that are tried first: choose another.',
  own_name: 'The password must not be the username or the name.',
};

try {
  const settings = readSettings(z.object({ DATABASE_URL: z.string().startsWith('postgres') }), process.env);
  const username = (await ask('Username (small letters, digits, . _ -): ')).trim();
  const name = (await ask('Name, as others see it: ')).trim();
  const password = await askSecretly(`Password (at least ${leastPasswordLength} characters): `);
  const problem = problemWith(username, name, password);
  if (problem) throw new Error(problem);
  await create(settings.DATABASE_URL, { username, name, password });
  console.log(`${username} is an admin and can log in at /staff/login.`);
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

function problemWith(username: string, name: string, password: string): string | undefined {
  if (!isUsername(username))
    return 'The username must begin with a small letter and hold only small letters, digits, dots, _ and -.';
  if (name === '') return 'The name must not be empty.';
  const problem = findPasswordProblem(password, [username, name]);
  return problem && passwordSentences[problem];
}

async function create(url: string, admin: { username: string; name: string; password: string }): Promise<void> {
  const db = openDatabase({ DATABASE_URL: url, DATABASE_POOL: 2 });
  try {
    await db.transaction(async (trx) => {
      await nameUniversity(trx);
      const id = await createStaff(trx, { ...admin, isAdmin: true, mayUnmask: true, mustChangePassword: true });
      const actor = { kind: 'system', id: 'admin:create' } as const;
      await record(trx, { actor, action: 'staff_created', subject: { kind: 'staff', id } });
    });
  } catch (error) {
    throw new Error(sentenceOf(error as NodeJS.ErrnoException, admin.username));
  } finally {
    await db.destroy();
  }
}

function sentenceOf({ code }: NodeJS.ErrnoException, username: string): string {
  if (code === '23505') return `There is a staff member ${username} already: choose another username.`;
  if (code === '42P01') return 'The database has no schema yet: run "npm run migrate" first.';
  return `The database of DATABASE_URL could not be used (${code ?? 'no answer'}): "npm run doctor" says more.`;
}
