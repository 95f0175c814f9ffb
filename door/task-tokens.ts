import { createHmac, timingSafeEqual } from 'node:crypto';
import { secretKey } from '../platform/secret-key.ts';
import { Refused } from './refused.ts';

/**
 * The engine's token of a task says nothing of who it was handed to. What a gate gets is `[HMAC-SHA256 32][the engine's token]`, bound
 * to the gate: another one answers nothing with it, and a token that somebody made up is none. Doors that share a key take each other's.
 */
export interface TaskTokens {
  bind(gate: string, token: Uint8Array): Buffer;
  /** @returns the engine's token. @throws Refused for a token that was not handed to this gate */
  open(gate: string, bound: Uint8Array): Buffer;
}

const length = 32;

export function createTaskTokens(key: Buffer): TaskTokens {
  const mark = (gate: string, token: Uint8Array): Buffer =>
    createHmac('sha256', secretKey(key)).update(`${gate}\n`).update(token).digest();
  return {
    bind: (gate, token) => Buffer.concat([mark(gate, token), token]),
    open(gate, bound) {
      const token = Buffer.from(bound.subarray(length));
      if (token.length === 0 || !timingSafeEqual(mark(gate, token), bound.subarray(0, length))) {
        throw new Refused('token');
      }
      return token;
    },
  };
}
