import type { Response } from 'express';
import { notFound } from '../../platform/errors.ts';
import { type AskedDraft, findAskedDraft } from '../../store/asked-draft.ts';
import { allCampuses, allDepartments, allGates } from '../../store/content.ts';
import { findDecisionReason } from '../../store/decision.ts';
import { pendingRequestsOf } from '../../store/request.ts';
import { findReservationOf, type Reservation } from '../../store/reservation.ts';
import { type TimelineLine, timelineOf } from '../../store/timeline.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { whoVisits } from '../visitor/guard.ts';

/** A timeline's line as the page draws it. */
export interface Step {
  /** Catalogue key. */
  words: string;
  at: Date;
  bad: boolean;
  /** A gate's name, an approver's reason. */
  detail: { gate?: Awaited<ReturnType<typeof allGates>>[number]; reason?: string };
  late: boolean;
}

export interface Progress {
  reservation: Reservation;
  steps: Step[];
  /** Requests on their way: what was asked and is not answered. */
  pending: string[];
  /** Changes whenever the page would look different. */
  mark: string;
  /** Seconds until the page asks again; undefined: nothing more will happen. */
  again?: number;
}

/** Everything of a reservation that moves. */
export async function readProgress({ db, cipher }: WebDeps, reservation: Reservation): Promise<Progress> {
  const [lines, requests, gates] = await Promise.all([
    timelineOf(db, reservation.id),
    pendingRequestsOf(db, reservation.id),
    allGates(db),
  ]);
  const steps = await Promise.all(
    lines.filter(isTold).map(async (line): Promise<Step> => {
      const gate = line.actor.kind === 'gate' ? gates.find(({ id }) => id === line.actor.id) : undefined;
      const reason =
        line.kind === 'rejected' && line.reference ? await findDecisionReason(db, cipher, line.reference) : undefined;
      return {
        words: `timeline.${line.kind}`,
        at: line.at,
        bad: ['rejected', 'cancelled', 'expired', 'revoked', 'no_show', 'not_admitted', 'message_failed'].includes(
          line.kind,
        ),
        detail: { ...(gate && { gate }), ...(reason && { reason }) },
        late: line.late,
      };
    }),
  );
  const pending = requests.map(({ kind }) => kind);
  const again = pollEvery(reservation, pending);
  return {
    reservation,
    steps,
    pending,
    mark: `${reservation.seq}-${steps.length}-${pending.join('.')}`,
    ...(again && { again }),
  };
}

/** The workflow's first steps belong to the account, not to this visit. */
const isTold = ({ kind }: TimelineLine): boolean => kind !== 'registered' && kind !== 'ready';

function pollEvery({ stage }: Reservation, pending: string[]): number | undefined {
  if (pending.length > 0) return 2;
  if (stage === 'closed') return undefined;
  return stage === 'visit' ? 8 : 3;
}

/** The visitor's own reservation, or one that was asked for and is still on its way. @throws AppError 404 */
export async function findOwn(
  { db }: WebDeps,
  res: Response,
  id: unknown,
): Promise<{ reservation: Reservation } | { draft: AskedDraft }> {
  if (!isUuid(id)) throw notFound();
  const { id: visitor } = whoVisits(res);
  const reservation = await findReservationOf(db, visitor, id);
  if (reservation) return { reservation };
  const draft = await findAskedDraft(db, visitor, id);
  if (draft) return { draft };
  // Admitted between the two looks?
  const admitted = await findReservationOf(db, visitor, id);
  if (!admitted) throw notFound();
  return { reservation: admitted };
}

/** Names of what rows point at, closed ones too. */
export async function readPlaces({ db }: Pick<WebDeps, 'db'>) {
  const [campuses, departments] = await Promise.all([allCampuses(db), allDepartments(db)]);
  return {
    campus: (id: string | null) => campuses.find((one) => one.id === id)?.name,
    department: (id: string | null) => departments.find((one) => one.id === id)?.name,
  };
}
