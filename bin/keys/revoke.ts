import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Reissued, reissuePasses } from '../../activities/reissue.ts';
import { type GateKeyName, type GateKeyUse, nameOfGateKey } from '../../domain/gate-keys.ts';
import { createFieldCipher } from '../../platform/crypto.ts';
import { createGateCodes } from '../../platform/gate-codes.ts';
import { readWorkerKeys } from '../../platform/keys.ts';
import { gatesWithKey, strangeKeys } from '../../store/gates/gate.ts';
import { isTold, revokePublicKey } from '../../store/keys/public-keys.ts';
import { keyFiles } from './key-files.ts';
import { type Rotation, rotate } from './rotate.ts';
import { dropSigningKey, formerIn } from './signing-files.ts';

/**
 * A key that signs what gates read is lost. The order: every gate believes the next key and it is what signs; of passes, every
 * live one is made anew; then gates believe the lost one no more – so nobody stands before a gate with nothing that opens.
 * Begun again, it goes on where it was.
 */

/** @throws Error saying which gates may still believe the key, or which passes could not be made anew */
export async function revokeKey({ use, kid }: GateKeyName, rotation: Rotation): Promise<void> {
  const files = keyFiles(rotation.folder, use);
  const { current, next } = files.inUse();
  // One above it that gates know of came into use, and a restore brought back a file of before.
  if (kid > Number(current) && (next || !(await isTold(rotation.db, { use, kid }))))
    throw new Error(`Key ${kid} of ${use}.json has signed nothing: the current one is ${current}`);
  // What lay ready in the file is lost with it.
  const ready = kid === Number(current) ? next : undefined;
  if (kid === Number(current)) await rotate(use, rotation);
  if (ready) await rotate(use, rotation);
  await endKey({ use, kid }, rotation);
  if (ready) await endKey({ use, kid: Number(ready) }, rotation);
  sayOthers(use, rotation);
}

async function endKey({ use, kid }: GateKeyName, rotation: Rotation): Promise<void> {
  if (use === 'pass') return revokePassKey(kid, rotation);
  await takeBack({ use, kid }, rotation);
  await untilNoGate({ use, kid }, rotation);
  dropSigningKey(signingPath(use, rotation), kid);
}

const signingPath = (use: GateKeyUse, { folder }: Rotation): string =>
  join(folder, use === 'pass' ? 'worker' : 'web', `${use}.json`);

/** Whoever has the file has these as well. */
function sayOthers(use: GateKeyUse, rotation: Rotation): void {
  const others = formerIn(signingPath(use, rotation));
  if (others.length === 0) return;
  rotation.say(
    `${use}.json held ${others.join(', ')} too: where the file was lost, revoke each, and keep no backup of before.`,
  );
}

async function revokePassKey(kid: number, rotation: Rotation): Promise<void> {
  const { folder, db, say } = rotation;
  const { field, codec, pass } = readWorkerKeys(join(folder, 'worker'));
  const deps = { db, cipher: createFieldCipher(field), passKeys: pass, gateCodes: createGateCodes(codec) };
  const progress = ({ done, of, made }: Reissued) => say(`pass: ${done} of ${of} looked at, ${made} made anew.`);
  await reissuePasses(deps, kid, { progress });
  await takeBack({ use: 'pass', kid }, rotation);
  // What a worker was signing when it changed over is there by now.
  const { left } = await reissuePasses(deps, kid, {});
  await untilNoGate({ use: 'pass', kid }, rotation);
  dropSigningKey(signingPath('pass', rotation), kid);
  if (left > 0)
    throw new Error(`${left} passes were not made anew: their visits are changing, or nobody approved them`);
}

async function takeBack(key: GateKeyName, { db, say }: Rotation): Promise<void> {
  if (!(await revokePublicKey(db, key))) throw new Error(`There is no key ${key.kid} of ${key.use}.json`);
  say(`${key.use}: ${key.kid} is revoked.`);
}

async function untilNoGate(key: GateKeyName, { db, say, patience }: Rotation): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    const gates = await gatesWithKey(db, key);
    const strangers = await strangeKeys(db, key.use);
    if (gates.length === 0 && strangers.length === 0) return say(`${key.use}: no gate in service believes ${key.kid}.`);
    if (Date.now() > deadline) {
      if (gates.length > 0)
        throw new Error(
          `Gates that may still believe ${nameOfGateKey(key)}: ${gates.join(', ')}. Bring them back, and begin again`,
        );
      const named = strangers.map(({ gate, name }) => `${gate} believes ${name}`).join(', ');
      throw new Error(
        `Nobody here told of these keys: ${named}. Treat such a gate as stolen: another box, or its store emptied and its folder made anew`,
      );
    }
    await wait(500);
  }
}
