import type { ChosenParty } from '../../store/companions/chosen-party.ts';
import { readCurrentSubmission } from '../../store/reservations/party.ts';
import { findReservationOf } from '../../store/reservations/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { partyLimit } from './limits.ts';

/**
 * A party that is chosen for a change of a visit that stands: the form that was left for the book names the reservation
 * under `change`. A person who goes along already keeps their number and is not chosen again.
 */
export const changeOf = ({ form }: Pick<ChosenParty, 'form'>): string | undefined =>
  isUuid(form.change) ? form.change : undefined;

/** Where the form of a party is. */
export const formPath = (party: Pick<ChosenParty, 'id' | 'channel' | 'form'>): string => {
  const change = changeOf(party);
  return change
    ? `/reservations/${change}/changes?party=${party.id}`
    : `/reservations/new?channel=${party.channel}&party=${party.id}`;
};

export interface Room {
  /** How many may be chosen. */
  limit: number;
  /** Rows of the book that go along already. */
  along: string[];
}

type Deps = Pick<WebDeps, 'db' | 'cipher'>;
type Chosen = Pick<ChosenParty, 'channel' | 'form' | 'isGroup'>;

export async function roomFor(deps: Deps, lead: string, party: Chosen): Promise<Room> {
  const { db, cipher } = deps;
  const change = changeOf(party);
  const reservation = change ? await findReservationOf(db, lead, change) : undefined;
  const standing = reservation?.submission
    ? await readCurrentSubmission(db, cipher, reservation.submission)
    : undefined;
  if (!standing) {
    const limit = await partyLimit(deps, { ...party, campus: party.form.campus ?? '' });
    return { limit, along: [] };
  }
  const here = [...standing.people, ...standing.awaited];
  const leaving = (party.form.remove ?? '').split(' ');
  const staying = here.filter(({ ordinal }) => ordinal > 0 && !leaving.includes(String(ordinal))).length;
  const limit = await largestParty(deps, { ...standing, isGroup: party.isGroup }, here.length - 1);
  return { limit: Math.max(0, limit - staying), along: here.flatMap(({ companion }) => companion ?? []) };
}

/** A party that is larger than others may be came as a group, and stays one. */
async function largestParty(
  deps: Deps,
  of: { campus: string; channel: 'personal' | 'official'; isGroup: boolean },
  along: number,
): Promise<number> {
  const usual = await partyLimit(deps, of);
  return along > usual ? partyLimit(deps, { ...of, isGroup: true }) : usual;
}
