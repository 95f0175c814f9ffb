import type { Knex } from 'knex';
import { withoutSigner } from '../../domain/distinct-signers.ts';
import type { PolicyStep, Signer } from '../../domain/policy.ts';
import type { Seat } from '../../domain/staff-role.ts';
import { findHostAccount } from './host.ts';

/**
 * Whom the signatures of a step are asked of, at this moment. Each is another person's: where a step has fewer people than
 * it needs, a signature goes to the department above, and at last to the admins. Somebody who visits never counts, nor does
 * the host where others have to sign.
 */

/** One required signature. */
export interface RequiredSeat {
  department: string;
  role: Seat;
  people: string[] | null;
  /** Who may not give it, ids: see `hostsKeptOut`. */
  notBy?: readonly string[];
}

export interface Visited {
  department: string;
  /** The name of the person who is visited, where the visitor gave one. */
  host: string | undefined;
  /** Members of staff who visit themselves. */
  visiting: readonly string[];
  /** Who signs nothing but the host's own place, see `hostsKeptOut`. */
  hosts: readonly string[];
}

/** In the order of the step's signers. */
export async function seatsOf(db: Knex, { signers, need }: PolicyStep, visited: Visited): Promise<RequiredSeat[]> {
  const seats: RequiredSeat[] = [];
  for (const signer of signers) seats.push(await seatOf(db, signer, visited));
  // One role and nobody to keep out: `acting_staff` climbs by itself.
  const free = visited.visiting.length === 0 && visited.hosts.length === 0;
  if (seats.length === 1 && seats[0]?.people === null && free) return seats;
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

/** Who would sign, ids of staff, without those who visit themselves or host. */
export async function actorsOf(db: Knex, seat: RequiredSeat, visited: Pick<Visited, 'visiting'>): Promise<string[]> {
  const [actors = []] = await actorsOfEach(db, [seat], visited);
  return actors;
}

/** Of each seat, in their order; two statements in all, however many there are. */
export async function actorsOfEach(
  db: Knex,
  seats: readonly RequiredSeat[],
  { visiting }: Pick<Visited, 'visiting'>,
): Promise<string[][]> {
  const people = seats.flatMap((seat) => seat.people ?? []);
  const roles = seats.flatMap((seat) => (seat.people ? [] : [[seat.department, seat.role]]));
  const able = new Set<string>(people.length > 0 ? await db('signing_staff').whereIn('id', people).pluck('id') : []);
  const acting: { department_id: string; role: Seat; staff_id: string }[] =
    roles.length > 0
      ? await db('acting_staff').whereIn(['department_id', 'role'], roles).distinct('department_id', 'role', 'staff_id')
      : [];
  return seats.map(({ department, role, people, notBy = [] }) => {
    const found = people
      ? [...new Set(people)].filter((id) => able.has(id))
      : acting.filter((one) => one.department_id === department && one.role === role).map((one) => one.staff_id);
    return found.filter((staff) => !visiting.includes(staff) && !notBy.includes(staff)).toSorted();
  });
}

async function seatOf(db: Knex, signer: Signer, { department, host, hosts }: Visited): Promise<RequiredSeat> {
  const notBy = hosts.length > 0 && !('host' in signer) ? { notBy: hosts } : {};
  if ('role' in signer) return { department, role: signer.role, people: null, ...notBy };
  const person =
    'person' in signer ? await ableToSign(db, signer.person) : await findHostAccount(db, { department, host });
  if (!person) return { department, role: 'head', people: null, ...notBy };
  return { department, role: 'approver', people: [person], ...notBy };
}

const ableToSign = (db: Knex, id: string): Promise<string | undefined> =>
  db('signing_staff')
    .where({ id })
    .first('id')
    .then((row?: { id: string }) => row?.id);

/** @returns the seat above, and whether it is the last there is; undefined: there is none */
export async function climb(
  db: Knex,
  seat: RequiredSeat,
  { visiting }: Visited,
): Promise<{ seat: RequiredSeat; last: boolean } | undefined> {
  const { department } = seat;
  if (seat.people) return { seat: { ...seat, role: 'head', people: null }, last: false };
  const { parent_id: parent } = await db('department').where({ id: department }).first('parent_id');
  if (parent) return { seat: { ...seat, department: parent }, last: false };
  const admins: string[] = await db('staff').where({ is_admin: true }).whereNull('left_at').pluck('id');
  const people = admins.filter((staff) => !visiting.includes(staff) && !seat.notBy?.includes(staff)).toSorted();
  return people.length > 0 ? { seat: { ...seat, people }, last: true } : undefined;
}

/** The signatures that find no person of their own while fewer than `need` do; none where enough have one. */
export function findUnmatched(actors: readonly (readonly string[])[], need: number): number[] {
  const unmatched = withoutSigner(actors);
  return actors.length - unmatched.length >= need ? [] : unmatched;
}
