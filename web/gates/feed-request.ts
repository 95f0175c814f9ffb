import type { Request } from 'express';
import { z } from 'zod';
import { feedHeaders, feedRequestText } from '../../domain/feed.ts';
import { readUnwrittenDisk, type UnwrittenDisk, unwrittenDiskText } from '../../domain/gate-disk.ts';
import { markShape } from '../../domain/gate-guards.ts';
import { heldKeysText } from '../../domain/gate-keys.ts';
import { createVerifier } from '../../platform/signing.ts';
import type { EnrolledGate } from '../../store/gates/gate.ts';

/** What a gate asks for. Instants are epoch milliseconds. */
export interface FeedRequest {
  gate: string;
  after: number;
  time: number;
  forwarded: number;
  /** Since when it asks for entries at other gates; undefined: a gate of before, which does not. */
  entered?: number | undefined;
  /** The mark of the list of guards that it has; undefined: a gate of before, which knows none. */
  guards?: string | undefined;
  signature: Buffer;
  /** Names of the public keys that the gate believes, and its signature of them. */
  keys: string[];
  keysSignature: Buffer;
  /** What it says of a disk that it cannot write, and its signature of that; empty where it says nothing. */
  disk: string;
  diskSignature: Buffer;
}

const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
const shape = z.object({
  gate: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/),
  after: count,
  time: count,
  forwarded: count,
  entered: count.optional(),
  guards: markShape.optional(),
  signature: bytes,
  keys: z
    .string()
    .regex(/^[a-z0-9/,]{0,2000}$/)
    .default('')
    .transform((text) => text.split(',').filter(Boolean)),
  keysSignature: bytes.default(Buffer.alloc(0)),
  disk: z.string().max(50).default(''),
  diskSignature: bytes.default(Buffer.alloc(0)),
});

/** Undefined when anything is missing or malformed. */
export function readFeedRequest(req: Request): FeedRequest | undefined {
  return shape.safeParse({
    gate: req.params.id,
    after: req.query.after,
    time: req.get(feedHeaders.time),
    forwarded: req.get(feedHeaders.forwarded),
    entered: req.query.entered,
    guards: req.query.guards,
    signature: req.get(feedHeaders.signature),
    keys: req.get(feedHeaders.keys),
    keysSignature: req.get(feedHeaders.keysSignature),
    disk: req.get(feedHeaders.disk),
    diskSignature: req.get(feedHeaders.diskSignature),
  }).data;
}

/** Whether the gate itself signed the request. */
export const isSignedBy = (gate: EnrolledGate, request: FeedRequest): boolean =>
  createVerifier(gate.identityKey)(Buffer.from(feedRequestText(request)), request.signature);

/** The public keys that the gate itself says it believes. */
export const believedBy = (gate: EnrolledGate, { time, keys, keysSignature }: FeedRequest): string[] =>
  createVerifier(gate.identityKey)(Buffer.from(heldKeysText({ gate: gate.id, time, keys })), keysSignature) ? keys : [];

/** What the gate itself says of a disk that it cannot write. */
export const unwrittenAt = (gate: EnrolledGate, request: FeedRequest): UnwrittenDisk | undefined =>
  createVerifier(gate.identityKey)(
    Buffer.from(unwrittenDiskText({ gate: gate.id, time: request.time, disk: request.disk })),
    request.diskSignature,
  )
    ? readUnwrittenDisk(request.disk)
    : undefined;
