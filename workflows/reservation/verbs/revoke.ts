import { close } from '../advance.ts';
import { beside } from '../beside.ts';
import { tell } from '../notification.ts';
import { revokePass } from '../passes.ts';
import { keepPlaces } from '../places.ts';
import { isApproved } from '../visit.ts';
import { findInParty, withoutPerson } from './remove-person.ts';
import type { Verb } from './verb.ts';

/**
 * Staff end an approved visit, also when somebody has entered, or take one companion out of it; nothing takes that back.
 * Without its lead there is no visit: then it is ended for everybody.
 */
export const revoke: Verb<'revoke'> = {
  refuse(visit, { ordinal }) {
    if (!isApproved(visit)) return 'nothing_to_revoke';
    return ordinal === undefined || findInParty(visit, ordinal) ? undefined : 'no_such_person';
  },

  handle(visit, { ordinal, actor, request }) {
    if (ordinal === undefined) {
      visit.revocation = request;
      close(visit, 'revoked', [{ kind: 'revoked', actor, reference: request }]);
      return { ok: true, stage: visit.stage, seq: visit.seq };
    }
    const answer = withoutPerson(visit, ordinal, { kind: 'person_revoked', actor, reference: request });
    const off = revokePass(visit, ordinal, 'revoked');
    beside(visit, async () => {
      await off;
      keepPlaces(visit);
    });
    tell(visit, 'person_revoked', { decision: request, after: off });
    return answer;
  },
};
