import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';

/** Compares digests, so that neither time nor length tells anything of the secret. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

export const hasToken = (req: Request, token: string): boolean => {
  const [, given] = /^Bearer (\S{1,200})$/.exec(req.get('authorization') ?? '') ?? [];
  return given !== undefined && sameSecret(given, token);
};
