import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { DataConverter, Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { KeyRing } from './crypto.ts';
import { secretKey } from './secret-key.ts';

/**
 * Everything that Temporal keeps is encrypted, ids too. Payloads of `gate/<id>` (its activities and signals included)
 * use a key of that gate's own, derived from the master, so that a stolen gate reads nothing else.
 * Data is `[alg 1][iv 12][ciphertext][tag 16]`; the key's id stands in the metadata and is authenticated.
 */

const AES_256_GCM = 1;
const ENCODING = 'encoding';
const KEY_ID = 'encryption-key-id';
const encrypted = Buffer.from('binary/encrypted');
const gatePrefix = 'gate/';

/** One gate's codec key, as gate.json holds it. */
export interface CodecKey {
  kid: string;
  key: Buffer;
}

/** HKDF-SHA256(master, 'gate/<id>'); the id tells the master it came from: `c1/gate/south`. */
export function deriveGateCodecKey(ring: KeyRing, gateId: string, master = ring.current): CodecKey {
  const key = Object.hasOwn(ring.keys, master) ? ring.keys[master] : undefined;
  if (!key) throw new Error('Unknown codec key');
  const info = gatePrefix + gateId;
  return { kid: `${master}/${info}`, key: Buffer.from(hkdfSync('sha256', key, '', info, 32)) };
}

/** For web and worker: encrypts with the current master, or the gate's key in a gate's context; decodes by key id. */
export function createCodec(ring: KeyRing): PayloadCodec {
  const derived = new Map<string, CodecKey>();
  const master = Object.hasOwn(ring.keys, ring.current) ? ring.keys[ring.current] : undefined;
  if (!master) throw new Error('Unknown codec key');
  const current: CodecKey = { kid: ring.current, key: master };

  const gateKey = (gateId: string, masterId: string): CodecKey => {
    const name = `${masterId}/${gatePrefix}${gateId}`;
    let key = derived.get(name);
    if (!key) {
      key = deriveGateCodecKey(ring, gateId, masterId);
      derived.set(name, key);
    }
    return key;
  };
  const keyFor = (context?: SerializationContext): CodecKey => {
    const workflowId = context?.workflowId;
    return workflowId?.startsWith(gatePrefix) ? gateKey(workflowId.slice(gatePrefix.length), ring.current) : current;
  };
  const keyById = (kid: string): Buffer => {
    const slash = kid.indexOf('/');
    if (slash > 0 && kid.startsWith(gatePrefix, slash + 1)) {
      return gateKey(kid.slice(slash + 1 + gatePrefix.length), kid.slice(0, slash)).key;
    }
    const key = Object.hasOwn(ring.keys, kid) ? ring.keys[kid] : undefined;
    if (!key) throw new Error('Unknown codec key');
    return key;
  };
  return codecOf(keyFor, keyById);
}

/** For a gate: one key for all it says and hears. */
export function createGateCodec(gateKey: CodecKey): PayloadCodec {
  return codecOf(
    () => gateKey,
    (kid) => {
      if (kid !== gateKey.kid) throw new Error('Unknown codec key');
      return gateKey.key;
    },
  );
}

function codecOf(keyFor: (context?: SerializationContext) => CodecKey, keyById: (kid: string) => Buffer): PayloadCodec {
  return {
    async encode(payloads, context) {
      const key = keyFor(context);
      return payloads.map((payload) => encryptPayload(payload, key));
    },
    async decode(payloads) {
      return payloads.map((payload) => decryptPayload(payload, keyById));
    },
  };
}

function encryptPayload(payload: Payload, { kid, key }: CodecKey): Payload {
  const iv = randomBytes(12);
  const id = Buffer.from(kid);
  const cipher = createCipheriv('aes-256-gcm', secretKey(key), iv).setAAD(id);
  const plain = proto.temporal.api.common.v1.Payload.encode(payload).finish();
  const data = Buffer.concat([
    Buffer.from([AES_256_GCM]),
    iv,
    cipher.update(plain),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return { metadata: { [ENCODING]: encrypted, [KEY_ID]: id }, data };
}

/** A payload that was never encrypted passes as it is: the server writes some itself. */
function decryptPayload(payload: Payload, keyById: (kid: string) => Buffer): Payload {
  const encoding = payload.metadata?.[ENCODING];
  if (!encoding || !encrypted.equals(encoding)) return payload;
  const id = Buffer.from(payload.metadata?.[KEY_ID] ?? []);
  const data = Buffer.from(payload.data ?? []);
  if (data[0] !== AES_256_GCM || data.length < 29) throw new Error('Not an encrypted payload');
  const decipher = createDecipheriv('aes-256-gcm', secretKey(keyById(id.toString())), data.subarray(1, 13), {
    authTagLength: 16,
  });
  decipher.setAAD(id).setAuthTag(data.subarray(-16));
  const plain = Buffer.concat([decipher.update(data.subarray(13, -16)), decipher.final()]);
  return proto.temporal.api.common.v1.Payload.decode(plain);
}

/** What clients, workers and `bundleWorkflowCode` take. Failure messages and stacks are encrypted too. */
export function createDataConverter(codec: PayloadCodec): DataConverter {
  return { payloadCodecs: [codec], failureConverterPath };
}

/** Also goes to `bundleWorkflowCode({ failureConverterPath })` when workflows are bundled beforehand. */
export const failureConverterPath = fileURLToPath(new URL('./failure-converter.ts', import.meta.url));
