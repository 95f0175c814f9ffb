import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { DataConverter, Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { KeyRing } from './key-ring.ts';
import { secretKey } from './secret-key.ts';

/**
 * Everything that Temporal keeps is encrypted, ids too. Payloads of `gate/<id>` (its activities and signals included)
 * use a key of that gate's own, derived from the master, so that a stolen gate reads nothing else.
 *
 * Data is `[alg 2][iv 12][ciphertext][tag 16]`. The key's id and what it was sealed for – `workflow` or `activity`, and
 * the workflow's id – stand in the metadata and are authenticated: moved to another reservation or gate it does not open.
 * What was never sealed does not open either, so that a person who reaches the engine's port can neither read nor send anything.
 * Alg 1 is the same without a binding: histories of earlier releases hold it, and keys made since refuse it.
 *
 * A gate's key is good for what that gate saw, and for nothing else that a reservation may be told.
 */

const UNBOUND = 1;
const BOUND = 2;
const ENCODING = 'encoding';
const KEY_ID = 'encryption-key-id';
const SEALED_FOR = 'sealed-for';
const encrypted = Buffer.from('binary/encrypted');
const gatePrefix = 'gate/';
const reservationPrefix = 'reservation/';

/** The codec's keys; under those in `bound` nothing was ever sealed without saying for what. */
export interface CodecRing extends KeyRing {
  bound?: string[];
}

/** One gate's codec key, as gate.json holds it. */
export interface CodecKey {
  kid: string;
  key: Buffer;
}

/** HKDF-SHA256(master, 'gate/<id>'); the id tells the master it came from: `c1/gate/south`. */
export function deriveGateCodecKey(ring: KeyRing, gateId: string, master = ring.gates ?? ring.current): CodecKey {
  const key = Object.hasOwn(ring.keys, master) ? ring.keys[master] : undefined;
  if (!key) throw new Error(missingKey);
  const info = gatePrefix + gateId;
  return { kid: `${master}/${info}`, key: Buffer.from(hkdfSync('sha256', key, '', info, 32)) };
}

/** For web and worker: encrypts with the current master, or the gate's key in a gate's context; decodes by key id. */
export function createCodec(ring: CodecRing): PayloadCodec {
  const derived = new Map<string, CodecKey>();
  const currentKey = (): CodecKey => {
    const key = Object.hasOwn(ring.keys, ring.current) ? ring.keys[ring.current] : undefined;
    if (!key) throw new Error(missingKey);
    return { kid: ring.current, key };
  };
  currentKey();

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
    if (!workflowId?.startsWith(gatePrefix)) return currentKey();
    return gateKey(workflowId.slice(gatePrefix.length), ring.gates ?? ring.current);
  };
  const keyById = (kid: string): Buffer => {
    const slash = kid.indexOf('/');
    if (slash > 0 && kid.startsWith(gatePrefix, slash + 1)) {
      return gateKey(kid.slice(slash + 1 + gatePrefix.length), kid.slice(0, slash)).key;
    }
    const key = Object.hasOwn(ring.keys, kid) ? ring.keys[kid] : undefined;
    if (!key) throw new Error(missingKey);
    return key;
  };
  const isBoundKey = (kid: string) => ring.bound?.includes(kid.split('/')[0] ?? '') ?? false;
  return codecOf(keyFor, keyById, isBoundKey);
}

/** For admins only: opens payloads that were sealed for any workflow or activity, and passes on what the engine wrote itself. */
export function createReader(ring: CodecRing): Pick<PayloadCodec, 'decode'> {
  const codec = createCodec(ring);
  return {
    async decode(payloads) {
      return Promise.all(
        payloads.map(async (payload) =>
          isSealed(payload) ? ((await codec.decode([payload]))[0] ?? payload) : payload,
        ),
      );
    },
  };
}

/**
 * For workflows: a stranger's message to a workflow – not sealed, or sealed for something else – reaches it as `unreadable`,
 * which every handler refuses or puts aside. A workflow task that failed over it would hold up all that follows.
 * @throws Error for a key that is missing here: a fault of ours, and what it sealed must not be lost
 */
export function tolerantly(codec: PayloadCodec): PayloadCodec {
  const open = async (payload: Payload, context?: SerializationContext): Promise<Payload> => {
    try {
      return (await codec.decode([payload], context))[0] ?? unreadable;
    } catch (error) {
      if (context?.type !== 'workflow' || (error instanceof Error && error.message === missingKey)) throw error;
      return unreadable;
    }
  };
  return {
    encode: codec.encode,
    decode: (payloads, context) => Promise.all(payloads.map((payload) => open(payload, context))),
  };
}

const missingKey = 'Unknown codec key';
const unreadable: Payload = {
  metadata: { [ENCODING]: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify({ unreadable: true })),
};

/** For a gate: one key for all it says and hears. */
export function createGateCodec(gateKey: CodecKey): PayloadCodec {
  return codecOf(
    () => gateKey,
    (kid) => {
      if (kid !== gateKey.kid) throw new Error(missingKey);
      return gateKey.key;
    },
  );
}

function codecOf(
  keyFor: (context?: SerializationContext) => CodecKey,
  keyById: (kid: string) => Buffer,
  isBoundKey: (kid: string) => boolean = () => false,
): PayloadCodec {
  return {
    async encode(payloads, context) {
      const key = keyFor(context);
      return payloads.map((payload) => encryptPayload(payload, key, purposeOf(context)));
    },
    async decode(payloads, context) {
      return payloads.map((payload) => decryptPayload(payload, { keyById, isBoundKey, context }));
    },
  };
}

/** `workflow reservation/<id>`, `activity gate/<id>`; empty for what belongs to neither. */
function purposeOf(context?: SerializationContext): string {
  const id = context?.workflowId ?? '';
  return context && (id.startsWith(reservationPrefix) || id.startsWith(gatePrefix)) ? `${context.type} ${id}` : '';
}

function encryptPayload(payload: Payload, { kid, key }: CodecKey, purpose: string): Payload {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', secretKey(key), iv).setAAD(authenticated(kid, purpose));
  const plain = proto.temporal.api.common.v1.Payload.encode(payload).finish();
  const data = Buffer.concat([Buffer.from([BOUND]), iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return {
    metadata: { [ENCODING]: encrypted, [KEY_ID]: Buffer.from(kid), [SEALED_FOR]: Buffer.from(purpose) },
    data,
  };
}

const authenticated = (kid: string, purpose: string): Buffer => Buffer.from(`${kid}\n${purpose}`);

const isSealed = ({ metadata }: Payload): boolean => encrypted.equals(metadata?.[ENCODING] ?? Buffer.of());

/**
 * What stands beside a sealed payload in clear: by which gate's key it was sealed, and for what. It is authenticated when it is opened.
 * @returns undefined for any other payload, and for one of alg 1, where the seal vouches for no purpose
 */
export function readSeal(payload: Payload): { gate: string; purpose: string } | undefined {
  if (!isSealed(payload) || payload.data?.[0] !== BOUND) return undefined;
  const [kid, purpose] = [KEY_ID, SEALED_FOR].map((name) => Buffer.from(payload.metadata?.[name] ?? []).toString());
  const gate = kid?.split(`/${gatePrefix}`)[1];
  return gate ? { gate, purpose: purpose ?? '' } : undefined;
}

interface Opening {
  keyById: (kid: string) => Buffer;
  isBoundKey: (kid: string) => boolean;
  context: SerializationContext | undefined;
}

/** @throws Error for what was not sealed, was changed, was sealed for something else, or says what its key may not say */
function decryptPayload(payload: Payload, { keyById, isBoundKey, context }: Opening): Payload {
  if (!isSealed(payload)) throw new Error('Not a sealed payload');
  const kid = Buffer.from(payload.metadata?.[KEY_ID] ?? []).toString();
  const purpose = Buffer.from(payload.metadata?.[SEALED_FOR] ?? []).toString();
  const data = Buffer.from(payload.data ?? []);
  const [alg] = data;
  if ((alg !== BOUND && alg !== UNBOUND) || data.length < 29) throw new Error('Not a sealed payload');
  if (alg === UNBOUND && isBoundKey(kid)) throw new Error('Not sealed for this');
  if (alg === BOUND && context && purpose !== purposeOf(context)) throw new Error('Not sealed for this');
  const decipher = createDecipheriv('aes-256-gcm', secretKey(keyById(kid)), data.subarray(1, 13), {
    authTagLength: 16,
  });
  decipher.setAAD(alg === BOUND ? authenticated(kid, purpose) : Buffer.from(kid)).setAuthTag(data.subarray(-16));
  const plain = Buffer.concat([decipher.update(data.subarray(13, -16)), decipher.final()]);
  const opened = proto.temporal.api.common.v1.Payload.decode(plain);
  const told = context?.workflowId ?? purpose.split(' ')[1] ?? '';
  if (told.startsWith(reservationPrefix)) assertMaySay(kid, told.slice(reservationPrefix.length), opened);
  return opened;
}

/** Under a gate's key a reservation is told one thing: what that gate saw of it. @throws Error for anything else */
function assertMaySay(kid: string, reservation: string, { data }: Payload): void {
  const slash = kid.indexOf(`/${gatePrefix}`);
  if (slash < 0) return;
  const gate = kid.slice(slash + 1 + gatePrefix.length);
  const said: unknown = JSON.parse(Buffer.from(data ?? []).toString());
  const saw = typeof said === 'object' && said !== null && 'gate' in said && 'reservation' in said;
  if (!saw || said.gate !== gate || said.reservation !== reservation) throw new Error('A gate says what it saw');
}

/** What clients, workers and `bundleWorkflowCode` take. Failure messages and stacks are encrypted too. */
export function createDataConverter(codec: PayloadCodec): DataConverter {
  return { payloadCodecs: [codec], failureConverterPath };
}

/** Also goes to `bundleWorkflowCode({ failureConverterPath })` when workflows are bundled beforehand. */
export const failureConverterPath = fileURLToPath(new URL('./failure-converter.ts', import.meta.url));
