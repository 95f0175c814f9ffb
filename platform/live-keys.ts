import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CodecRing } from './codec.ts';
import type { KeyRing } from './key-ring.ts';
import type { SigningRing, WebKeys, WorkerKeys } from './keys.ts';
import type { Log } from './log.ts';
import { waitingOf } from './waiting.ts';

/**
 * Keys change while a process runs: what its folder holds is taken over within seconds, without a restart. Rings are
 * changed in place, since everything that seals or opens holds on to them. Keys of other kinds are read at the start.
 */

/** Kinds of keys that are taken over. */
export const liveKinds = ['field', 'index', 'codec', 'session', 'renewal', 'feed', 'pass'] as const;
export type LiveKind = (typeof liveKinds)[number];

/** The keys of `web` or of a worker. */
export type LiveKeys = Pick<WorkerKeys, 'field' | 'index' | 'codec'> &
  Partial<Pick<WebKeys, 'session' | 'renewal' | 'feed'>> &
  Partial<Pick<WorkerKeys, 'pass'>>;

/** Those of them that sign what gates read. */
const signing = ['renewal', 'feed', 'pass'] as const;

/** What a process works with, by kind: ids of keys, and of a secret the beginning of its hash. */
export type HeldKeys = Partial<Record<LiveKind, { current: string; known: string[] }>>;

const every = 1_000;
const half = 'the key files are not taken over for now';

/**
 * @param read reads the folder anew
 * @param told after each look, with what is worked with now
 */
export function followKeys<K extends LiveKeys>(
  keys: K,
  {
    folder,
    read,
    told,
    log,
  }: { folder: string; read: (folder: string) => K; told: (held: HeldKeys) => void; log: Log },
): { stop(): void } {
  const waiting = waitingOf(log);
  let seen = stampOf(folder);
  const look = (): void => {
    try {
      const stamp = stampOf(folder);
      if (stamp !== seen) adopt(keys, read(folder));
      seen = stamp;
      waiting.worked(half);
    } catch (err) {
      // Half a change, or a folder that is away: what is worked with stands until the whole is there.
      waiting.failed(half, err, { part: null });
    }
    told(heldKeys(keys));
  };
  look();
  const timer = setInterval(look, every);
  return { stop: () => clearInterval(timer) };
}

function stampOf(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`).join();
}

function adopt(keys: LiveKeys, fresh: LiveKeys): void {
  take(keys.field, fresh.field);
  take(keys.index, fresh.index);
  take(keys.codec, fresh.codec);
  if (keys.session && fresh.session) keys.session.splice(0, keys.session.length, ...fresh.session);
  for (const kind of signing) {
    const [ring, now] = [keys[kind], fresh[kind]];
    if (ring && now) Object.assign(ring, now);
  }
}

function take(ring: CodecRing, fresh: CodecRing): void {
  if (fresh.bound) ring.bound = fresh.bound;
  ring.keys = fresh.keys;
  ring.gates = fresh.gates;
  ring.current = fresh.current;
}

export function heldKeys({ field, index, codec, session, ...signingRings }: LiveKeys): HeldKeys {
  const ring = ({ current, keys }: KeyRing) => ({ current, known: Object.keys(keys) });
  const secrets = session?.map(nameOfSecret);
  return {
    field: ring(field),
    index: ring(index),
    codec: ring(codec),
    ...(secrets?.[0] && { session: { current: secrets[0], known: secrets } }),
    ...Object.fromEntries(
      signing.flatMap((kind) => {
        const ring = signingRings[kind];
        return ring ? [[kind, heldOf(ring)]] : [];
      }),
    ),
  };
}

const heldOf = ({ current, pairs }: SigningRing) => ({
  current: String(current),
  known: [...pairs.keys()].map(String),
});

/** Names a secret without telling it. */
export const nameOfSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex').slice(0, 12);
