import { z } from 'zod';
import { gateKeyUses } from '../domain/gate-keys.ts';
import type { CodecRing } from './codec.ts';
import { readKeyFile } from './config.ts';
import type { KeyRing } from './key-ring.ts';

/**
 * Key files: JSON in KEYS_DIR, each process has only what it needs.
 *
 * | file         | web | worker | door | gate | for |
 * |--------------|-----|--------|------|------|-----|
 * | field.json   |  x  |   x    |      |      | AES-256-GCM of `*_enc` columns |
 * | index.json   |  x  |   x    |      |      | HMAC of `*_hash` columns, peppers |
 * | codec.json   |  x  |   x    |      |      | payloads in Temporal; a gate's own key is derived from it |
 * | pass.json    |     |   x    |      |      | signs passes |
 * | renewal.json |  x  |        |      |      | renews a shown pass; can never make one |
 * | feed.json    |  x  |        |      |      | signs feed pages |
 * | session.json |  x  |        |      |      | signs session cookies |
 * | gate.json    |     |        |      |  x   | one gate's identity, sealing, codec, device and local keys |
 * | devices.json |     |        |      |  x   | optional: what stands at the gate, with a secret each (gate-worker/devices/settings.ts) |
 * | door.json    |     |        |  x   |      | binds the tokens of tasks to the gate that they are handed to |
 * | trust.json   |     |        |      |  x   | public keys the gate believes, each for one use |
 */

const key32 = z
  .string()
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((bytes) => bytes.length === 32, 'is not 32 bytes in base64');
const privatePem = z.string().startsWith('-----BEGIN PRIVATE KEY-----');
const pair = z.object({ private: privatePem, public: key32 });
/** What the key of an `index.json` that names none is called. */
export const firstIndexKey = 'i1';
const kid = z.coerce.number().int().min(1).max(65535);

const ring = z
  .object({
    current: z.string().regex(/^[a-z0-9]{1,16}$/),
    keys: z.record(z.string(), key32),
    gates: z.string().optional(),
  })
  .refine(({ current, keys }) => Object.hasOwn(keys, current), 'has no current key')
  .refine(({ gates, keys }) => gates === undefined || Object.hasOwn(keys, gates), 'has no key for gates');
const codecRing = ring.and(z.object({ bound: z.array(z.string()).default([]) }));
const signingRing = z
  .object({ current: kid, keys: z.record(z.string().regex(/^\d+$/), pair) })
  .transform(({ current, keys }, context) => {
    const pairs = new Map(Object.entries(keys).map(([id, value]) => [Number(id), value]));
    const currentPair = pairs.get(current);
    if (currentPair) return { current, currentPair, pairs };
    context.addIssue({ code: 'custom', message: 'has no current key' });
    return z.NEVER;
  });
/** Ed25519 keys by id (uint16): `currentPair` signs, the public half of any in `pairs` verifies. */
export type SigningRing = z.output<typeof signingRing>;

/** Of before it could be replaced: one key, without an id. */
const firstIndex = z
  .object({ key: key32 })
  .transform(({ key }): z.output<typeof ring> => ({ current: firstIndexKey, keys: { [firstIndexKey]: key } }));
const index = z.union([ring, firstIndex]);
const secret = z.string().min(32);
/** The first signs, every one is believed. */
const session = z
  .object({ secret, next: secret.optional(), older: z.array(secret).default([]) })
  .transform(({ secret: current, next, older }) => [current, ...(next ? [next] : []), ...older]);
/** What signs a gate's requests, and what its feed is sealed to. */
const gatePair = z.object({ identity: pair, sealing: pair });
const gate = gatePair.extend({
  id: z.string().min(2),
  /** Held besides, while one pair takes over from the other. */
  next: gatePair.optional(),
  codec: z.object({ kid: z.string().min(1), key: key32 }),
  device: z.object({ token: z.string().min(24) }),
  console: z.object({ pin_hash: z.string().min(1) }),
  local: key32,
});
const trust = z
  .object({ keys: z.array(z.object({ kid, use: z.enum(gateKeyUses), public: key32 })) })
  .transform(({ keys }) => keys);

const door = z.object({ tokens: key32 });

export interface WebKeys {
  field: KeyRing;
  index: KeyRing;
  codec: CodecRing;
  renewal: SigningRing;
  feed: SigningRing;
  /** The first signs cookies, every one is believed. */
  session: string[];
}
export interface WorkerKeys {
  field: KeyRing;
  index: KeyRing;
  codec: CodecRing;
  pass: SigningRing;
}
/** A public key a gate believes, for one use only. */
export type TrustedKey = z.output<typeof trust>[number];
export type GatePair = z.output<typeof gatePair>;
export type GateCodecKey = z.output<typeof gate>['codec'];
export type GateKeys = z.output<typeof gate> & { trust: TrustedKey[] };

/** @throws Error naming the file, never its content. */
function read<S extends z.ZodType>(folder: string, name: string, schema: S): z.output<S> {
  let content: unknown;
  try {
    content = readKeyFile(folder, name);
  } catch (cause) {
    throw new Error(`Key file ${name} in KEYS_DIR cannot be read`, { cause });
  }
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const paths = result.error.issues.map((issue) => issue.path.join('.') || 'content');
  throw new Error(`Key file ${name} in KEYS_DIR is not valid: ${paths.join(', ')}`);
}

/** The keys of columns alone, of a folder of `web` or `worker`. */
export const readFieldKeys = (folder: string): KeyRing => read(folder, 'field.json', ring);

/** @throws Error when it is not the text of such a file */
export const ringIn = (kind: 'field' | 'index' | 'codec', text: string): KeyRing =>
  ({ field: ring, index, codec: codecRing })[kind].parse(JSON.parse(text));

export function readWebKeys(folder: string): WebKeys {
  return {
    field: read(folder, 'field.json', ring),
    index: read(folder, 'index.json', index),
    codec: read(folder, 'codec.json', codecRing),
    renewal: read(folder, 'renewal.json', signingRing),
    feed: read(folder, 'feed.json', signingRing),
    session: read(folder, 'session.json', session),
  };
}

export function readWorkerKeys(folder: string): WorkerKeys {
  return {
    field: read(folder, 'field.json', ring),
    index: read(folder, 'index.json', index),
    codec: read(folder, 'codec.json', codecRing),
    pass: read(folder, 'pass.json', signingRing),
  };
}

/** Doors that answer the same gates share this file. */
export const readDoorKeys = (folder: string): z.output<typeof door> => read(folder, 'door.json', door);

export function readGateKeys(folder: string): GateKeys {
  return { ...read(folder, 'gate.json', gate), trust: read(folder, 'trust.json', trust) };
}

export { type DemoKeys, generatePair, generateRing, generateSigningRing, writeDemoKeys } from './key-making.ts';
