import { createHmac, randomBytes } from 'node:crypto';
import { encodeSealedPass, sealingContext } from '../domain/sealed-pass.ts';
import { sealTo } from '../platform/crypto.ts';
import type { Transaction } from '../platform/db.ts';
import { appendToFeed } from '../store/gates/feed.ts';
import { queueMessage } from '../store/messages/message.ts';
import type { NewPass, Pass } from '../store/passes/pass.ts';
import type { SubmittedPerson } from '../store/reservations/submission.ts';
import type { IssuedVisit } from './issued-visit.ts';

/** Tells of a pass that was made or taken back: the gates of its campus, its holder, the lead. */

/** Sealed to each gate: what a guard may see, and salted proofs of the document. */
export async function tellGates(trx: Transaction, pass: NewPass, person: SubmittedPerson): Promise<void> {
  const { reservation, ordinal, version, campus, until } = pass;
  const shown = {
    name: person.name,
    ...(person.plate ? { plate: person.plate } : {}),
    document: person.document,
    code: pass.gateCode,
    from: pass.from.getTime(),
    gates: pass.gates,
  };
  await appendToFeed(trx, {
    campus,
    kind: 'pass',
    reservation,
    ordinal,
    version,
    validUntil: until,
    seal: (gate) => {
      const bytes = encodeSealedPass(shown, randomBytes(16).toString('base64url'), keyedHash);
      return sealTo(gate.sealingKey, bytes, sealingContext(gate.id, pass));
    },
  });
}

/** Nothing but which pass it was: a person who shows it is refused. */
export async function tellGatesRevoked(trx: Transaction, pass: Pass): Promise<void> {
  const { reservation, ordinal, version, campus, until } = pass;
  await appendToFeed(trx, {
    campus,
    kind: 'revoked',
    reservation,
    ordinal,
    version,
    validUntil: until,
    seal: (gate) => sealTo(gate.sealingKey, Buffer.from('{}'), sealingContext(gate.id, pass)),
  });
}

/**
 * A companion with an account of their own is told there. The lead is told by the workflow, and here of an awaited
 * companion who has no account.
 */
export async function announcePass(
  trx: Transaction,
  { reservation, lead }: IssuedVisit,
  { id: pass, ordinal, seq }: NewPass,
  { visitor }: SubmittedPerson,
  { renewed, late }: { renewed: boolean; late?: boolean },
): Promise<void> {
  const own = visitor !== null && visitor !== lead;
  if (!own && !late) return;
  const kind = own ? (renewed ? 'changed' : 'approved') : 'person_ready';
  const key = `${reservation}/${kind}/${seq}/${ordinal}`;
  await queueMessage(trx, { reservation, visitor: own ? visitor : lead, kind, key, pass });
}

/** A companion with an account of their own learns that they no longer come along; the lead is told by the workflow. */
export async function tellCompanion(
  trx: Transaction,
  { id: pass, reservation, ordinal, version }: Pass,
): Promise<void> {
  const companion = await trx('reservation_person as p')
    .join('reservation as r', 'r.id', 'p.reservation_id')
    .where({ 'p.reservation_id': reservation, 'p.ordinal': ordinal })
    .whereRaw('p.visitor_id <> r.visitor_id')
    .orderBy('p.id', 'desc')
    .first('p.visitor_id');
  if (!companion) return;
  const key = `${reservation}/cancelled/${version}/${ordinal}`;
  await queueMessage(trx, { reservation, visitor: companion.visitor_id, kind: 'cancelled', key, pass });
}

const keyedHash = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('base64url');
