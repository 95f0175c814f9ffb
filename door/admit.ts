import { type Metadata, status } from '@grpc/grpc-js';
import type { Knex } from 'knex';
import { doorText, readDoorPass } from '../domain/door.ts';
import { isTimely } from '../domain/feed.ts';
import { createVerifier } from '../platform/signing.ts';
import { type EnrolledGate, findEnrolledGate } from '../store/gates/gate.ts';
import type { KnownGates } from './known-gates.ts';
import { Refused } from './refused.ts';

/**
 * Which gate it is: by the key that its row has, at every call anew, so that one which is retired or whose box was replaced is let in no
 * more. An unknown gate, a retired one and a wrong signature get the same answer, and cost no question to the database.
 * @throws Refused
 */
export async function admit(
  metadata: Metadata,
  { db, known, now }: { db: Knex; known: KnownGates; now: number },
): Promise<EnrolledGate> {
  const [, bearer = ''] = /^Bearer (\S{1,200})$/.exec(String(metadata.get('authorization')[0] ?? '')) ?? [];
  const pass = readDoorPass(bearer);
  if (!pass) throw new Refused('not_accepted', status.UNAUTHENTICATED);
  const text = Buffer.from(doorText(pass));
  const signature = Buffer.from(pass.signature, 'base64url');
  const key = await known.find((keys) => {
    const its = keys.get(pass.gate);
    return its && createVerifier(its)(text, signature) ? its : undefined;
  });
  const gate = key && (await findEnrolledGate(db, pass.gate));
  if (!gate || !key?.equals(gate.identityKey)) throw new Refused('not_accepted', status.UNAUTHENTICATED);
  // Told only to a gate that proved itself, so that its operator can mend the clock.
  if (!isTimely(pass, now)) throw new Refused('clock', status.UNAUTHENTICATED);
  return gate;
}

/** Whether the gate is still the one that was let in. */
export async function isStillIn(db: Knex, { id, identityKey }: EnrolledGate): Promise<boolean> {
  const now = await findEnrolledGate(db, id);
  return now?.identityKey.equals(identityKey) ?? false;
}
