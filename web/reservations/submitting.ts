import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { AppError } from '../../platform/errors.ts';
import { copyParty } from '../../store/companion-ready.ts';
import { findHost } from '../../store/host.ts';
import { needsGuardian, type PersonDetails, savePerson, withKnownPlates } from '../../store/person.ts';
import { findRequest, keepRequest, pendingRequestsOf } from '../../store/request.ts';
import { openDraft } from '../../store/reservation.ts';
import { writeSubmission } from '../../store/submission.ts';
import { submittedLead } from '../../store/submitted-lead.ts';
import type { WebDeps } from '../deps.ts';
import { whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import type { Visit } from './visit-form.ts';

/** What was typed, as rows: `kept` now, or `before` (the same form came twice, or the last one is still on its way). */
export type Kept = { result: 'kept' | 'before' | 'child'; reservation: string };

/**
 * One transaction: the corrected person as a new version of the profile, the frozen copy, the reservation (the open
 * draft, else a new one; a returned one takes its own correction) and the request. The form's key is the request's id.
 */
export async function keepSubmission(
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  typed: {
    key: string;
    details: PersonDetails;
    visit: Visit;
    companions: string[];
    returned: string | undefined;
  },
): Promise<Kept> {
  const { key, details, visit } = typed;
  const { id: visitor, consent } = whoVisits(exchange.res);
  if (!consent) throw new AppError('consent_needed', { status: 403 });
  return deps.db.transaction(async (trx) => {
    // One submission of a visitor at a time: two taps find each other here.
    await trx('visitor').where({ id: visitor }).forUpdate().first('id');
    const earlier = await findRequest(trx, key);
    if (earlier) {
      if (earlier.actor.id !== visitor) throw new AppError('repeated', { status: 409 });
      return { result: 'before', reservation: earlier.reservation };
    }
    const reservation = typed.returned ?? (await openDraft(trx, visitor)).id;
    const waiting = (await pendingRequestsOf(trx, reservation)).find(({ kind }) => kind === 'submit');
    if (waiting) return { result: 'before', reservation };

    const whole = await withKnownPlates(trx, deps, visitor, { form: 'visit', details });
    const person = await savePerson(trx, deps, visitor, whole);
    // Corrected into somebody under fourteen: the person is kept, and nothing is submitted before a guardian has agreed.
    if (needsGuardian(person)) return { result: 'child', reservation };
    const submission = randomUUID();
    const lead = await submittedLead(trx, person, { visitor, consent, plate: details.plate });
    const party = await copyParty(trx, deps, visitor, typed.companions);
    const { department, host } = visit;
    const hostRow = host === null ? null : await findHost(trx, deps.index, { department, name: host });
    const about = { id: submission, reservation, kind: 'request', base: null, hostRow } as const;
    await writeSubmission(trx, deps, { ...about, ...visit, people: [lead, ...party.people], awaited: party.awaited });
    await keepRequest(trx, {
      id: key,
      reservation,
      kind: 'submit',
      actor: { kind: 'visitor', id: visitor },
      payload: { submission, ready: { person: person.id, personVersion: person.version, consent } },
    });
    await recordVisitor(
      deps,
      exchange,
      { action: 'reservation_submitted', subject: { kind: 'reservation', id: reservation }, detail: { submission } },
      trx,
    );
    return { result: 'kept', reservation };
  });
}
