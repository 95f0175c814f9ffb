import type { Knex } from 'knex';
import { foldName } from '../../domain/text.ts';
import { normaliseUsername } from '../../domain/username.ts';

/** A member of staff as another one names them. */
export interface Colleague {
  id: string;
  username: string;
  name: string;
}

/**
 * Who is meant by a user name, or by a whole name that one person alone has. Nobody who has left.
 * @returns a word for why nobody is
 */
export async function findColleague(db: Knex, typed: string): Promise<Colleague | 'nobody' | 'several'> {
  const [asUsername, asName] = [normaliseUsername(typed), foldName(typed)];
  if (asName === '') return 'nobody';
  const everybody: Colleague[] = await db('staff').whereNull('left_at').select('id', 'username', 'name');
  const named = everybody.find(({ username }) => username === asUsername);
  if (named) return named;
  const [first, second] = everybody.filter(({ name }) => foldName(name) === asName);
  if (!first) return 'nobody';
  return second ? 'several' : first;
}

/** People with a role of the same departments who may decide, to choose from; by name. */
export async function colleaguesOf(db: Knex, staff: string): Promise<Colleague[]> {
  return db('staff as s')
    .whereIn('s.id', db('signing_staff').select('id'))
    .whereNot('s.id', staff)
    .whereRaw(
      `exists (select from staff_role theirs join staff_role own on own.department_id = theirs.department_id
        where theirs.staff_id = s.id and own.staff_id = ?)`,
      [staff],
    )
    .orderBy(['s.name', 's.username'])
    .limit(100)
    .select('s.id', 's.username', 's.name');
}
