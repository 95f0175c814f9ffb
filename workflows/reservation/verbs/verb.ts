import type { Answer, RefusalCode } from '../../../domain/request.ts';
import type { Told, UpdateKind } from '../../messages/reservation.ts';
import type { Visit } from '../visit.ts';

/**
 * What may be said to a reservation, one kind of request each. `refuse` is the validator in the stages where the kind
 * is taken at all (domain/request.ts): what it refuses leaves no trace in the history. `handle` changes the visit at
 * once and answers.
 */
export interface Verb<Kind extends UpdateKind> {
  refuse(visit: Visit, told: Told<Kind>): RefusalCode | undefined;
  handle(visit: Visit, told: Told<Kind>): Answer | Promise<Answer>;
}
