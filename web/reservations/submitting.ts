import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { needsGuardian } from '../../domain/age.ts';
import { actionOf } from '../../domain/request.ts';
import type { Transaction } from '../../platform/db.ts';
import { AppError } from '../../platform/errors.ts';
import { useInvitation } from '../../store/api/invitation.ts';
import { copyParty, copyVisitor } from '../../store/companions/companion-ready.ts';
import { findHost } from '../../store/content/host.ts';
import { lockActiveAccount } from '../../store/people/account-lock.ts';
import { findPerson, type Person, type PersonDetails, savePerson, withKnownPlates } from '../../store/people/person.ts';
import { isSubmitting } from '../../store/reservations/asked-draft.ts';
import { endTellingOfSubmissions } from '../../store/reservations/refusal.ts';
import { findRequest, keepRequest } from '../../store/reservations/request.ts';
import { findDraftOf, openDraft } from '../../store/reservations/reservation.ts';
import type { SubmittedPerson } from '../../store/reservations/submission.ts';
import { writeSubmission } from '../../store/reservations/submission.ts';
import { submittedLead } from '../../store/reservations/submitted-lead.ts';
import type { WebDeps } from '../deps.ts';
import { whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import type { Visit } from './visit-form.ts';

/**
 * What was typed, as rows: `kept` now, or `before` (the same form came twice, or the last one is still on its way);
 * `unready` when the person who is booked for misses something by now, `uninvited` when the invitation is not good any more:
 * no reservation is made.
 */
export type SubmitResult =
  | { result: 'kept' | 'before'; reservation: string }
  | { result: 'child' | 'unready' | 'uninvited' };

/** The person who visits: the visitor as typed, or a person of their book who has no account (its row). */
export type VisitingPerson = { details: PersonDetails } | { companion: string };

/**
 * One transaction: the corrected person as a new version of the profile, the frozen copy, the reservation (the open
 * draft, else a new one; a returned one takes its own correction) and the request. The form's key is the request's id.
 */
export async function keepSubmission(
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  typed: {
    key: string;
    visiting: VisitingPerson;
    visit: Visit;
    companions: string[];
    returned: string | undefined;
    /** The invitation that it answers. */
    invitation: string | undefined;
  },
): Promise<SubmitResult> {
  const { key, visit } = typed;
  const { id: visitor, consent } = whoVisits(exchange.res);
  if (!consent) throw new AppError('consent_needed', { status: 403 });
  const keeping = deps.db.transaction(async (trx): Promise<SubmitResult> => {
    // One submission of a visitor at a time: two taps find each other here.
    await lockActiveAccount(trx, visitor);
    const earlier = await findRequest(trx, key);
    if (earlier) {
      if (earlier.actor.id !== visitor) throw new AppError('repeated', { status: 409 });
      return { result: 'before', reservation: earlier.reservation };
    }
    const open = typed.returned ?? (await findDraftOf(trx, visitor))?.id;
    if (open && (await isSubmitting(trx, open))) return { result: 'before', reservation: open };

    const first = await firstPerson(deps, trx, { visitor, consent }, typed.visiting);
    if ('result' in first) return first;
    const { lead, person } = first;
    const reservation = open ?? (await openDraft(trx, visitor)).id;
    const { invitation } = typed;
    if (invitation && !(await useInvitation(trx, deps.cipher, { id: invitation, reservation, visitor }))) {
      throw new Uninvited();
    }
    const submission = randomUUID();
    const party = await copyParty(
      trx,
      deps,
      { lead: visitor, reservation },
      typed.companions.filter((id) => id !== lead.companion),
    );
    const { department, answers } = visit;
    const hostRow = answers.host ? await findHost(trx, deps.index, { department, name: answers.host }) : null;
    const about = { id: submission, reservation, kind: 'request', base: null, hostRow } as const;
    await writeSubmission(trx, deps, { ...about, ...visit, people: [lead, ...party.people], awaited: party.awaited });
    await endTellingOfSubmissions(trx, visitor);
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
      {
        action: actionOf('submit'),
        subject: { kind: 'reservation', id: reservation },
        detail: { submission, ...(invitation && { invitation }) },
      },
      trx,
    );
    return { result: 'kept', reservation };
  });
  return keeping.catch((error): SubmitResult => {
    if (error instanceof Uninvited) return { result: 'uninvited' };
    throw error;
  });
}

/** Nothing of the transaction stays, no draft either. */
class Uninvited extends Error {}

/** The first person of the party, frozen, and the account that asks. */
async function firstPerson(
  deps: WebDeps,
  trx: Transaction,
  { visitor, consent }: { visitor: string; consent: string },
  visiting: VisitingPerson,
): Promise<{ lead: SubmittedPerson; person: Person } | { result: 'child' | 'unready' }> {
  if ('companion' in visiting) {
    const lead = await copyVisitor(trx, deps, visitor, visiting.companion);
    const person = await findPerson(trx, deps.cipher, visitor);
    return lead && person ? { lead, person } : { result: 'unready' };
  }
  const { details } = visiting;
  const whole = await withKnownPlates(trx, deps, visitor, { form: 'visit', details });
  const person = await savePerson(trx, deps, visitor, whole);
  // Corrected into somebody under fourteen: the person is kept, and nothing is submitted before a guardian has agreed.
  if (needsGuardian(person)) return { result: 'child' };
  return { lead: await submittedLead(trx, person, { visitor, consent, plate: details.plate }), person };
}
