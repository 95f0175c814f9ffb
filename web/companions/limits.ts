import type { Channel } from '../../domain/reservation.ts';
import { openCampuses } from '../../store/content/content.ts';
import type { WebDeps } from '../deps.ts';

/** How many may come along, as the campus says; a group out of a spreadsheet in the official channel only. */
export async function partyLimit(
  { db }: Pick<WebDeps, 'db'>,
  of: { campus: string; channel: Channel; isGroup: boolean },
): Promise<number> {
  const campuses = await openCampuses(db);
  const campus = campuses.find(({ id }) => id === of.campus) ?? campuses[0];
  if (!campus) return 0;
  return of.isGroup && of.channel === 'official' ? campus.groupLimit : campus.partyLimit;
}
