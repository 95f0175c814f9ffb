import { feedClockTolerance } from './feed.ts';

/**
 * How a gate reaches the engine: only through the door, which knows it by the key that signs its requests for the feed. Each call
 * carries `Bearer <gate>.<epoch milliseconds>.<signature>`; the signature is base64url, by the gate's Ed25519 key.
 */

export interface DoorPass {
  gate: string;
  /** Epoch milliseconds, by the gate's clock. */
  time: number;
  /** Base64url. */
  signature: string;
}

/** The one namespace that a gate names; the door alone knows the engine's. */
export const doorNamespace = 'gates';

/** What a gate signs to be let in; never to be taken for anything else that it signs. */
export const doorText = ({ gate, time }: Pick<DoorPass, 'gate' | 'time'>): string => `xm-door\n${gate}\n${time}`;

export const writeDoorPass = ({ gate, time, signature }: DoorPass): string => `${gate}.${time}.${signature}`;

/** @returns undefined for anything else */
export function readDoorPass(text: string): DoorPass | undefined {
  const [, gate, time, signature] = /^([a-z][a-z0-9-]{1,30})\.(\d{1,15})\.([\w-]{86})$/.exec(text) ?? [];
  return gate && time && signature ? { gate, time: Number(time), signature } : undefined;
}

/** A gate makes a new one after so many milliseconds. */
export const doorPassFor = feedClockTolerance / 4;

/** Why the door lets something not through: one word for the audit, and for the answer. */
export const doorRefusals = [
  'not_accepted',
  'clock',
  'retired',
  'method',
  'malformed',
  'namespace',
  'queue',
  'token',
  'signal',
  'workflow',
  'payload',
  'campus',
] as const;
export type DoorRefusal = (typeof doorRefusals)[number];
