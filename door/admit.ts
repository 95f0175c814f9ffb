import { type Metadata, status } from '@grpc/grpc-js';
import type { Knex } from 'knex';
import { doorText, readDoorPass } from '../domain/door.ts';
import { isTimely } from '../domain/feed.ts';
import { createVerifier } from '../platform/signing.ts';
import { type EnrolledGate, findEnrolledGate } from '../store/gates/gate.ts';
import { Refused } from './refused.ts';

/**
 * Which gate it is: by the key that its row has, at every call anew, so that one which is retired or whose box was replaced is let in no
 * more. An unknown gate, a retired one and a wrong signature get the same answer.
 * @throws Refused
 */
export async function admit(metadata: Metadata, { db, now }: { db: Knex; now: number }): Promise<EnrolledGate> {
  const [, bearer = ''] = /^Bearer (\S{1,200})$/.exec(String(metadata.get('authorization')[0] ?? '')) ?? [];
  const pass = readDoorPass(bearer);
  const gate = pass && (await findEnrolledGate(db, pass.gate));
  const isItself =
    gate && createVerifier(gate.identityKey)(Buffer.from(doorText(pass)), Buffer.from(pass.signature, 'base64url'));
  if (!isItself) throw new Refused('not_accepted', status.UNAUTHENTICATED);
  // Told only to a gate that proved itself, so that its operator can mend the clock.
  if (!isTimely(pass, now)) throw new Refused('clock', status.UNAUTHENTICATED);
  return gate;
}

/** Whether the gate is still the one that was let in. */
export async function isStillIn(db: Knex, { id, identityKey }: EnrolledGate): Promise<boolean> {
  const now = await findEnrolledGate(db, id);
  return now?.identityKey.equals(identityKey) ?? false;
}
