import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { FieldCipher } from '../../platform/crypto.ts';

/** Why somebody looked at a whole number: a sentence that a person typed, sealed in the detail of its audit row. */

/** An audit row's own id is not known before it is written: the sealed reason brings one of its own. */
export function sealReason(cipher: FieldCipher, reason: string): { row: string; sealed: string } {
  const row = randomUUID();
  return { row, sealed: cipher.seal(reasonOf(row), reason).toString('base64') };
}

const sealedReason = z.object({ reason: z.object({ row: z.string(), sealed: z.string() }) });

/** Why somebody unmasked, from the detail of that audit row; undefined for other rows. */
export function readReason(cipher: FieldCipher, detail: unknown): string | undefined {
  const found = sealedReason.safeParse(detail);
  if (!found.success) return undefined;
  const { row, sealed } = found.data.reason;
  return cipher.open(reasonOf(row), Buffer.from(sealed, 'base64'));
}

const reasonOf = (row: string) => ({ table: 'audit', column: 'detail', row });
