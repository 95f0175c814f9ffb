import { type DocumentProof, sealingContext } from '../domain/sealed-pass.ts';
import { sealTo } from '../platform/crypto.ts';
import type { Transaction } from '../platform/db.ts';
import type { GateCodes } from '../platform/gate-codes.ts';
import { appendToFeed } from '../store/gates/feed.ts';
import { sealPass } from '../store/gates/pass-sealing.ts';
import { queueMessage } from '../store/messages/message.ts';
import type { NewPass, Pass } from '../store/passes/pass.ts';
import type { SubmittedPerson } from '../store/reservations/submission.ts';
import type { IssuedVisit } from './issued-visit.ts';

/** Tells of a pass that was made or taken back: the gates of its campus, its holder, the lead. */

/** Sealed to each gate: what a guard may see, and what a code and a document are compared with. */
export async function tellGates(
  trx: Transaction,
  pass: NewPass,
  person: Pick<SubmittedPerson, 'name' | 'plate' | 'phone'> & { proof: DocumentProof },
  gateCodes: GateCodes,
): Promise<void> {
  const { reservation, ordinal, version, campus, until } = pass;
  const { name, plate, phone, proof } = person;
  await appendToFeed(trx, {
    campus,
    kind: 'pass',
    reservation,
    ordinal,
    version,
    validFrom: pass.from,
    validUntil: until,
    seal: (gate) => sealPass(gate, { ...pass, name, plate, phone, proof }, gateCodes),
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
    validFrom: pass.from,
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
  kind: 'cancelled' | 'revoked',
): Promise<void> {
  const companion = await trx('reservation_person as p')
    .join('reservation as r', 'r.id', 'p.reservation_id')
    .where({ 'p.reservation_id': reservation, 'p.ordinal': ordinal })
    .whereRaw('p.visitor_id <> r.visitor_id')
    .orderBy('p.id', 'desc')
    .first('p.visitor_id');
  if (!companion) return;
  const key = `${reservation}/${kind}/${version}/${ordinal}`;
  await queueMessage(trx, { reservation, visitor: companion.visitor_id, kind, key, pass });
}
