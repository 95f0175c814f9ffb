import { z } from 'zod';
import { credentialKinds } from './credentials.ts';
import { gateAnswer } from './gate-ask.ts';
import { reasonCodes } from './reason-codes.ts';

/**
 * Scans that opened nothing. No visit changes by them, so no workflow is told: a gate posts them in batches, `POST /gates/:id/refusals`, and
 * they become rows. Each is recorded once, by its id.
 */
export const refusedScan = z.strictObject({
  /** Made by the gate of device and nonce: the same scan has the same id, also after a crash. */
  id: z.uuid(),
  /** The gate's own clock, epoch milliseconds. */
  at: z.int().min(0),
  direction: z.enum(['in', 'out']),
  method: z.enum(credentialKinds),
  reason: z.enum(reasonCodes),
  /** `scanner`, `console`, or `device:<its name>`. */
  askedBy: z.string().regex(/^(scanner|console|device:[\x21-\x7e]{1,64})$/),
  /** Whose pass it was; left out where none was recognised. */
  pass: z.strictObject({ reservation: z.uuid(), ordinal: z.int().min(0).max(0xffff) }).optional(),
});
export type RefusedScan = z.output<typeof refusedScan>;

/** Oldest first. */
export const refusedScans = z.strictObject({ scans: z.array(refusedScan).min(1).max(200) });
/** So many are told at once. */
export const mostRefusals = 200;

/** How many of them were new. */
export const refusalsKept = gateAnswer.extend({ kept: z.int() });
