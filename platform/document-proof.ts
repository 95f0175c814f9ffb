import { randomBytes, scrypt, scryptSync } from 'node:crypto';
import { promisify } from 'node:util';
import { documentTail } from '../domain/identity-number.ts';
import type { DocumentProof } from '../domain/sealed-pass.ts';

/**
 * A proof of a document's last six characters for gates. There are some 340,000 of them in identity numbers, so that each
 * try has to be slow: some 30 ms and 8 MiB of one core.
 */
const cost = 13;
const length = 32;
const derive = promisify<string, string, number, { N: number; r: number; p: number }, Buffer>(scrypt);

/** @param document normalised number */
export async function proveDocument(document: string): Promise<DocumentProof> {
  const salt = randomBytes(16).toString('base64url');
  const tail = await derive(documentTail(document), salt, length, parameters(cost));
  return { salt, tail: tail.toString('base64url'), cost };
}

/** For the gate, which compares one at a time. @returns base64url */
export const slowHash = (salt: string, text: string, cost: number): string =>
  scryptSync(text, salt, length, parameters(cost)).toString('base64url');

const parameters = (cost: number) => ({ N: 2 ** cost, r: 8, p: 1, maxmem: 2 ** (cost + 11) });
