import type { KeyObject } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { z } from 'zod';
import type { FeedPage, FeedRow } from '../domain/feed.ts';
import { type SealedPass, sealingContext } from '../domain/sealed-pass.ts';
import { openSealed } from '../platform/crypto.ts';
import type { Log } from '../platform/log.ts';
import { tellSpan } from '../platform/tracing.ts';
import type { Disk } from './disk.ts';
import { FeedError } from './fetch-page.ts';
import type { KnownPasses } from './known-passes.ts';
import { inTransaction, type Ledger } from './ledger.ts';
import type { LocalKeys } from './local-keys.ts';
import type { OwnKeys } from './own-keys.ts';
import type { Position } from './position.ts';
import type { TrustedKeys } from './trusted-keys.ts';

/** A page of the feed becomes what the gate knows: all of it or nothing, and the position with it. */
export interface Applier {
  /** @throws FeedError `unwritten` */
  apply(page: FeedPage): Promise<void>;
}

const sealedShape = z.object({
  name: z.string(),
  plate: z.string().optional(),
  phoneTail: z.string().max(4).optional(),
  codeHash: z.base64url(),
  from: z.number(),
  gates: z.string().regex(/^[0-9a-f]{16}$/),
  doc: z.union([
    z.object({ salt: z.string(), tail: z.string(), cost: z.number().int().min(1).max(20) }),
    z.object({ salt: z.string(), hash: z.string(), tail: z.string() }),
  ]),
});

/** Rows that were sealed before told the code in clear. */
const sealedBefore = z.object({ code: z.string() });

/** Opening a sealed row takes a good tenth of a millisecond: scans get their turn in between. */
const openedAtOnce = 20;

export function createApplier(parts: {
  ledger: Ledger;
  position: Position;
  passes: KnownPasses;
  /** The gate's X25519 keys. */
  own: Pick<OwnKeys, 'sealingKeys'>;
  local: Pick<LocalKeys, 'hashCode'>;
  trusted: Pick<TrustedKeys, 'learn' | 'refresh'>;
  disk: Disk;
  log: Log;
}): Applier {
  const { ledger, position, passes, trusted, disk } = parts;
  return {
    async apply(page) {
      const opened: { row: FeedRow; sealed?: SealedPass }[] = [];
      for (const row of page.rows) {
        if (row.kind === 'revoked') opened.push({ row });
        else opened.push({ row, ...openRow(row, { ...parts, gate: page.gate, keys: parts.own.sealingKeys() }) });
        if (opened.length % openedAtOnce === 0) await breathe();
      }
      const write = () => {
        for (const { row, sealed } of opened) {
          const pass = { ...row, from: row.validFrom, until: row.validUntil, kept: row.keptUntil };
          if (row.kind === 'revoked') passes.revoke(pass);
          else if (sealed) passes.replace(pass, sealed);
          else passes.note(pass);
        }
        for (const row of page.ahead ?? []) {
          if (row.kind === 'revoked') passes.revoke({ ...row, until: row.validUntil, kept: row.keptUntil });
        }
        passes.dropEnded(Date.now());
        if (page.keys) trusted.learn(page.keys);
        position.move(page);
      };
      if (!disk.write(() => inTransaction(ledger, write))) throw new FeedError('unwritten');
      position.refresh();
      trusted.refresh();
      tellOf(page);
    },
  };
}

/** More rows at once are a gate that catches up: nobody waits for one of these passes. */
const mostTold = 50;

function tellOf({ rows, gate }: FeedPage): void {
  if (rows.length > mostTold) return;
  for (const { kind, reservation } of rows) {
    const name = kind === 'revoked' ? 'learn revocation' : 'learn pass';
    tellSpan({ name, kind: 'consumer', visit: reservation, attributes: { 'xiaomen.gate': gate } });
  }
}

/**
 * Only the unsealed part of a row counts when the row does not open, being sealed to another key, so that an older version stays
 * superseded: one bad row must not hold up the feed.
 */
function openRow(
  row: FeedRow,
  { gate, keys, local, log }: { gate: string; keys: KeyObject[]; local: Pick<LocalKeys, 'hashCode'>; log: Log },
): { sealed?: SealedPass } {
  try {
    const bytes = openWithAny(keys, Buffer.from(row.sealed, 'base64'), sealingContext(gate, row));
    const content: unknown = JSON.parse(bytes.toString('utf8'));
    const before = sealedBefore.safeParse(content).data;
    const told = before && { ...(content as object), codeHash: local.hashCode(before.code).toString('base64url') };
    const { plate, phoneTail, ...sealed } = sealedShape.parse(told ?? content);
    return {
      sealed: {
        ...sealed,
        ...(plate === undefined ? {} : { plate }),
        ...(phoneTail === undefined ? {} : { phoneTail }),
      },
    };
  } catch (error) {
    log.error({ err: error, position: row.position }, 'a row of the feed cannot be opened');
    return {};
  }
}

/** @throws Error of the last key where none opens it */
export function openWithAny(keys: KeyObject[], sealed: Buffer, context: Parameters<typeof openSealed>[2]): Buffer {
  for (const key of keys.slice(0, -1)) {
    try {
      return openSealed(key, sealed, context);
    } catch {
      // Sealed to the other one.
    }
  }
  const last = keys.at(-1);
  if (!last) throw new Error('The gate has no key');
  return openSealed(last, sealed, context);
}
