import type { Knex } from 'knex';
import { withoutSigner } from '../../domain/distinct-signers.ts';
import type { PolicyStep, Signer } from '../../domain/policy.ts';
import type { Seat } from '../../domain/staff-role.ts';
import { normaliseIdentifier } from '../../domain/text.ts';

/**
 * Whom the signatures of a step are asked of, at this moment. Each is another person's: where a step has fewer people than
 * it needs, a signature goes to the department above, and at last to the admins. Somebody who visits never counts.
 */

/** One required signature. */
export interface RequiredSeat {
  department: string;
  role: Seat;
  people: string[] | null;
}

export interface Visited {
  department: string;
  /** The name of the person who is visited, where the visitor gave one. */
  host: string | undefined;
  /** Members of staff who visit themselves. */
  visiting: readonly string[];
}

/** In the order of the step's signers. */
export async function seatsOf(db: Knex, { signers, need }: PolicyStep, visited: Visited): Promise<RequiredSeat[]> {
  const seats: RequiredSeat[] = [];
  for (const signer of signers) seats.push(await seatOf(db, signer, visited));
  // One role and nobody to keep out: `acting_staff` climbs by itself.
  if (seats.length === 1 && seats[0]?.people === null && visited.visiting.length === 0) return seats;
  const actors: string[][] = [];
  for (const seat of seats) actors.push(await actorsOf(db, seat, visited));
  // Seats that have nowhere further to climb: with one admin, theirs looks like that of a named person.
  const ended = new Set<number>();
  for (;;) {
    const without = findUnmatched(actors, need).find((seat) => !ended.has(seat));
    if (without === undefined) return seats;
    const above = await climb(db, seats[without] as RequiredSeat, visited);
    if (!above || above.last) ended.add(without);
    if (!above) continue;
    seats[without] = above.seat;
    actors[without] = await actorsOf(db, above.seat, visited);
  }
}

/** Who would sign, ids of staff, without those who visit themselves. */
export async function actorsOf(
  db: Knex,
  { department, role, people }: RequiredSeat,
  { visiting }: Pick<Visited, 'visiting'>,
): Promise<string[]> {
  const found: string[] = people
    ? await db('staff').whereIn('id', people).whereNull('left_at').pluck('id')
    : await db('acting_staff').where({ department_id: department, role }).distinct().pluck('staff_id');
  return found.filter((staff) => !visiting.includes(staff)).toSorted();
}

async function seatOf(db: Knex, signer: Signer, { department, host }: Visited): Promise<RequiredSeat> {
  if ('role' in signer) return { department, role: signer.role, people: null };
  const person = 'person' in signer ? await inService(db, signer.person) : await findHostAccount(db, department, host);
  return person ? { department, role: 'approver', people: [person] } : { department, role: 'head', people: null };
}

const inService = (db: Knex, id: string): Promise<string | undefined> =>
  db('staff')
    .where({ id })
    .whereNull('left_at')
    .first('id')
    .then((row?: { id: string }) => row?.id);

/** The one member of staff of exactly this name with a role in the department. */
export async function findHostAccount(
  db: Knex,
  department: string,
  host: string | undefined,
): Promise<string | undefined> {
  if (host === undefined) return undefined;
  const staff = await db('staff as s')
    .join('staff_role as r', 'r.staff_id', 's.id')
    .where('r.department_id', department)
    .whereNull('s.left_at')
    .distinct<{ id: string; name: string }[]>('s.id', 's.name');
  const found = staff.filter(({ name }) => normaliseIdentifier(name) === normaliseIdentifier(host));
  return found.length === 1 ? found[0]?.id : undefined;
}

/** @returns the seat above, and whether it is the last there is; undefined: there is none */
async function climb(
  db: Knex,
  seat: RequiredSeat,
  { visiting }: Visited,
): Promise<{ seat: RequiredSeat; last: boolean } | undefined> {
  const { department } = seat;
  if (seat.people) return { seat: { department, role: 'head', people: null }, last: false };
  const { parent_id: parent } = await db('department').where({ id: department }).first('parent_id');
  if (parent) return { seat: { ...seat, department: parent }, last: false };
  const admins: string[] = await db('staff').where({ is_admin: true }).whereNull('left_at').pluck('id');
  const people = admins.filter((staff) => !visiting.includes(staff)).toSorted();
  return people.length > 0 ? { seat: { ...seat, people }, last: true } : undefined;
}

/** The signatures that find no person of their own while fewer than `need` do; none where enough have one. */
export function findUnmatched(actors: readonly (readonly string[])[], need: number): number[] {
  const unmatched = withoutSigner(actors);
  return actors.length - unmatched.length >= need ? [] : unmatched;
}
