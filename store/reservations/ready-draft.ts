import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { needsGuardian } from '../../domain/age.ts';
import type { Person } from '../people/person.ts';
import { keepRequest } from './request.ts';
import { findDraftOf } from './reservation.ts';

/**
 * An account's details are complete and agreed to: its open draft is told, where there is one. A child's waits for a
 * guardian. Call it in the transaction that completed them.
 * @returns the request to deliver; none when nobody has to be told
 */
export async function announceDraftReady(
  trx: Knex,
  { visitor, person, consent }: { visitor: string; person: Person; consent: string | null },
): Promise<string[]> {
  const draft = await findDraftOf(trx, visitor);
  if (!draft || !consent || needsGuardian(person)) return [];
  const request = randomUUID();
  await keepRequest(trx, {
    id: request,
    reservation: draft.id,
    kind: 'ready',
    actor: { kind: 'visitor', id: visitor },
    payload: { ready: { person: person.id, personVersion: person.version, consent } },
  });
  return [request];
}
