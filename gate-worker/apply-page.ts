import { createPrivateKey, type KeyObject } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { z } from 'zod';
import type { FeedPage, FeedRow } from '../domain/feed.ts';
import { type SealedPass, sealingContext } from '../domain/sealed-pass.ts';
import { openSealed } from '../platform/crypto.ts';
import type { Log } from '../platform/log.ts';
import type { KnownPasses } from './known-passes.ts';
import { inTransaction, type Ledger } from './ledger.ts';
import type { Position } from './position.ts';

/** A page of the feed becomes what the gate knows: all of it or nothing, and the position with it. */
export interface Applier {
  apply(page: FeedPage): Promise<void>;
}

const sealedShape = z.object({
  name: z.string(),
  plate: z.string().optional(),
  code: z.string(),
  from: z.number(),
  gates: z.string().regex(/^[0-9a-f]{16}$/),
  doc: z.object({ salt: z.string(), hash: z.string(), tail: z.string() }),
});

/** Opening a sealed row takes a good tenth of a millisecond: scans get their turn in between. */
const openedAtOnce = 20;

export function createApplier(parts: {
  ledger: Ledger;
  position: Position;
  passes: KnownPasses;
  /** PKCS #8 PEM of the gate's X25519 key. */
  sealingKey: string;
  log: Log;
}): Applier {
  const { ledger, position, passes, log } = parts;
  const key = createPrivateKey(parts.sealingKey);
  return {
    async apply(page) {
      const opened: { row: FeedRow; sealed?: SealedPass }[] = [];
      for (const row of page.rows) {
        if (row.kind === 'revoked') opened.push({ row });
        else opened.push({ row, ...openRow(row, page.gate, key, log) });
        if (opened.length % openedAtOnce === 0) await breathe();
      }
      inTransaction(ledger, () => {
        for (const { row, sealed } of opened) {
          const pass = { ...row, until: row.validUntil, kept: row.keptUntil };
          if (row.kind === 'revoked') passes.revoke(pass);
          else if (sealed) passes.replace(pass, sealed);
        }
        passes.dropEnded(Date.now());
        position.move(page.through, page.place);
      });
      position.refresh();
    },
  };
}

/** A row that does not open is left out: its QR still proves itself, and one bad row must not hold up the feed. */
function openRow(row: FeedRow, gate: string, key: KeyObject, log: Log): { sealed?: SealedPass } {
  try {
    const bytes = openSealed(key, Buffer.from(row.sealed, 'base64'), sealingContext(gate, row));
    const { plate, ...sealed } = sealedShape.parse(JSON.parse(bytes.toString('utf8')));
    return { sealed: plate === undefined ? sealed : { ...sealed, plate } };
  } catch (error) {
    log.error({ err: error, position: row.position }, 'a row of the feed cannot be opened');
    return {};
  }
}
