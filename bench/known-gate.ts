import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { gateCodeBytes, makeGateCode } from '../domain/gate-code.ts';
import { gatesBitmap } from '../domain/gates-bitmap.ts';
import { renewPass, signPass, toQrText } from '../domain/pass-token.ts';
import { stepAt } from '../domain/renewal.ts';
import { createKnownPasses } from '../gate-worker/known-passes.ts';
import { inTransaction, openLedger } from '../gate-worker/ledger.ts';
import { deriveLocalKeys } from '../gate-worker/local-keys.ts';
import { readGateKeys, readWebKeys, readWorkerKeys } from '../platform/keys.ts';
import { createSigner } from '../platform/signing.ts';
import { until } from '../testing/until.ts';
import type { Shot } from './open-loop.ts';
import type { Product } from './product.ts';

const hour = 3600_000;
const gates = gatesBitmap([0, 1]);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const currentWindow = () => ({ from: Date.now() - hour, until: Date.now() + 2 * hour });

/** Puts passes into the south gate's own ledger while it is stopped. @returns their reservations */
export async function fillGate({ parts, folder, gates: { south } }: Product, count: number): Promise<string[]> {
  await parts['gate-south'].stop();
  const ledger = openLedger(join(folder, 'gate-south.db'));
  const keys = deriveLocalKeys(readGateKeys(join(folder, 'keys', 'gate-south')));
  const passes = createKnownPasses(ledger, keys);
  const window = currentWindow();
  const doc = { salt: 'salt', tail: 'tail', cost: 13 };
  const reservations = Array.from({ length: count }, () => randomUUID());
  inTransaction(ledger, () => {
    for (const reservation of reservations) {
      const pass = { reservation, ordinal: 0, version: 1, until: window.until, kept: window.until };
      const codeHash = keys.hashCode(makeGateCode(randomBytes(gateCodeBytes))).toString('base64url');
      passes.replace(pass, {
        name: '张伟',
        codeHash,
        from: window.from,
        gates: gates.toString(16).padStart(16, '0'),
        doc,
      });
    }
  });
  ledger.close();
  await parts['gate-south'].start();
  await until(async () => (await fetch(south.url, { redirect: 'manual' })).status < 500, 'the gate is back');
  return reservations;
}

/** The rows behind reservations that only the gate knew: closed ones, so that an entry is recorded as a late event. */
export async function recordReservations({ owner, people }: Product, reservations: string[]): Promise<void> {
  const visitor = people.visitors[0]?.id;
  const row = { visitor_id: visitor, stage: 'closed', outcome: 'completed', closed_at: new Date() };
  await owner.batchInsert(
    'reservation',
    reservations.map((id) => ({ id, ...row })),
    500,
  );
}

/** What a turnstile sends for a reservation's pass: signed by the worker's key, renewed for this very step. */
export function turnstile({ folder, gates: { south } }: Product): (reservation: string) => Shot {
  const pass = readWorkerKeys(join(folder, 'keys', 'worker')).pass;
  const renewal = readWebKeys(join(folder, 'keys', 'web')).renewal;
  const [signClaims, signStep] = [createSigner(pass.currentPair.private), createSigner(renewal.currentPair.private)];
  return (reservation) => {
    const claims = { form: 'renewed', keyId: pass.current, reservation, ordinal: 0, version: 1, campus: 1 } as const;
    const signed = signPass({ ...claims, gates, ...currentWindow(), issued: Date.now() }, signClaims);
    const step = stepAt(Date.now());
    const renewed = renewPass(signed, { keyId: renewal.current, step, sign: signStep, sha256 });
    return scanShot(south, toQrText(renewed));
  };
}

/** `POST /scan` as a device on the way in. */
export function scanShot(gate: { url: string; deviceToken: string }, value: string): Shot {
  return {
    url: `${gate.url}/scan`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${gate.deviceToken}` },
    body: JSON.stringify({
      device: 'turnstile-1',
      credential: { kind: 'qr', value },
      direction: 'in',
      nonce: randomUUID(),
    }),
  };
}
