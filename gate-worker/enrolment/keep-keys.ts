import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnrolmentAnswer } from '../../domain/gate-enrolment.ts';
import { gateFileOf, generatePin } from '../../platform/key-making.ts';
import { hashPassword } from '../../platform/password.ts';
import { writeKeyFile } from '../../platform/written-key-file.ts';
import type { Pending } from './pending.ts';

/** Which gate the box is now. The PIN of its page is told this once; none where it had one. */
export interface Kept {
  gate: string;
  pin?: string;
}

/**
 * `trust.json` first: with `gate.json` the box is a gate. Where it was one, its store, its device and its guards stay.
 * @throws Error where the box was another gate
 */
export async function keepKeys(
  folder: string,
  { identity, sealing }: Pending,
  { gate: id, codec, trust }: EnrolmentAnswer,
): Promise<Kept> {
  const path = join(folder, 'gate.json');
  const before: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  writeKeyFile(join(folder, 'trust.json'), { keys: trust });
  const pair = { identity, sealing };
  if (isFile(before)) {
    if (before.id !== id) throw new Error(`This box is gate ${before.id}, and the code was confirmed for gate ${id}.`);
    const { next: _next, ...file } = before;
    writeKeyFile(path, { ...file, ...pair });
    return { gate: id };
  }
  const pin = generatePin();
  writeKeyFile(path, { id, ...pair, ...gateFileOf({ codec, pinHash: await hashPassword(pin) }) });
  return { gate: id, pin };
}

const isFile = (content: unknown): content is { id: string; next?: unknown } =>
  typeof content === 'object' && content !== null && 'id' in content;
