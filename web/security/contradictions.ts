import type { Response } from 'express';
import { boundsOfToday } from '../../store/approval/revocation.ts';
import { allGates } from '../../store/content/content.ts';
import { foundContradictions } from '../../store/gates/contradiction.ts';
import type { WebDeps } from '../deps.ts';

/** More are looked through visit by visit. */
const most = 20;

/** What gates that were apart let in, with the words of its sentence. @param desk a member of staff: only what their desk looks after */
export async function showContradictions({ db }: Pick<WebDeps, 'db'>, res: Response, desk?: string) {
  const [found, gates] = await Promise.all([
    foundContradictions(db, { ...(desk && { desk }), limit: most }),
    allGates(db),
  ]);
  const { format } = res.locals;
  const nameOf = (id: string | null) => {
    const gate = gates.find((one) => one.id === id);
    return gate ? format.name(gate.name) : (id ?? '');
  };
  const { today, tomorrow } = boundsOfToday();
  return found.map((one) => ({
    ...one,
    /** The desk opens visits of today only. */
    to: !desk
      ? `/admin/reservations/${one.reservation}`
      : one.from < tomorrow && one.until > today
        ? `/security/visits/${one.reservation}`
        : undefined,
    words: {
      gate: nameOf(one.gate),
      other: nameOf(one.otherGate),
      time: format.exactTime(one.at),
      since: format.exactTime(one.since),
    },
  }));
}
