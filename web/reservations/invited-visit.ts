import type { Response } from 'express';
import { findInvited, type Invited } from '../../store/api/invitation.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { whoVisits } from '../visitor/guard.ts';
import type { Choices } from './choices.ts';
import './invited-session.ts';
import { emptyVisitTexts, type VisitTexts, windowTexts } from './visit-form.ts';

/** A form that answers an invitation: who invites stays as it is; window, reason and words are the visitor's. */

/** Only for the browser that came by the link, while it is good. @param id as a form or an address says it */
export async function readInvited({ db, cipher }: WebDeps, res: Response, id: unknown): Promise<Invited | undefined> {
  if (!isUuid(id) || res.req.session.visitInvitation !== id) return undefined;
  return findInvited(db, cipher, { id, visitor: whoVisits(res).id });
}

/** Nothing else is offered than who invites. */
export function invitedChoices(choices: Choices, invited: Invited | undefined): Choices {
  if (!invited) return choices;
  return {
    ...choices,
    campuses: choices.campuses.filter(({ id }) => id === invited.campus),
    departments: choices.departments.filter(({ id }) => id === invited.department),
  };
}

/** What no visitor changes. */
export const boundTexts = ({ campus, department, host }: Invited): Partial<VisitTexts> => ({
  campus,
  department,
  department_search: '',
  ...(host !== null && { host }),
});

export const invitedTexts = (invited: Invited): VisitTexts => ({
  ...emptyVisitTexts,
  ...boundTexts(invited),
  note: invited.purpose ?? '',
  ...windowTexts(invited),
});

/** What was typed stays, as an ordinary request; the visitor sees why. */
export const withoutInvitation = { invited: undefined, refusal: 'invited.lost' };

/** Used, revoked, over or never made: one page, one sentence; another one for a number that it is not for. */
export const invitationOver = (res: Response, why: 'over' | 'other_number' = 'over'): void =>
  res.status(404).render('reservations/invitation-over', { why });
