import { type RequestKind, requestKinds, shownOf } from './request.ts';

/** What is told of a refusal that comes after the page had said that the request is in progress. */

/**
 * To who asked, on their pages and by a message: what somebody asks for on a page, and a companion's details that were to
 * complete a visit.
 */
export const toldKinds: RequestKind[] = [...requestKinds.filter(shownOf), 'remove_person', 'person_ready'];

/** On the page of the pass where it was asked for, also by somebody without an account, and nowhere else. */
export type KindAtPass = 'bind_phone' | 'resend_code';
