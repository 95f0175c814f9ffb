import { createHash, randomBytes } from 'node:crypto';

/**
 * HTTP Digest access authentication (RFC 7616) with `qop=auth`, by SHA-256 or, for devices that know nothing newer, MD5.
 * Pure: the texts of headers in and out.
 */

export const digestAlgorithms = { 'SHA-256': 'sha256', MD5: 'md5' } as const;
export type DigestAlgorithm = keyof typeof digestAlgorithms;

export interface DigestUser {
  user: string;
  password: string;
}

interface Asked {
  method: string;
  uri: string;
}

interface Answer extends Asked {
  realm: string;
  nonce: string;
  /** Eight hexadecimal digits: how often this nonce was used. */
  nc: string;
  cnonce: string;
  algorithm: DigestAlgorithm;
}

/** RFC 7616, 3.4.1, with `qop=auth`. */
export function digestResponse({ user, password }: DigestUser, answer: Answer): string {
  const hash = (text: string) => createHash(digestAlgorithms[answer.algorithm]).update(text).digest('hex');
  const whose = hash(`${user}:${answer.realm}:${password}`);
  const what = hash(`${answer.method}:${answer.uri}`);
  return hash(`${whose}:${answer.nonce}:${answer.nc}:${answer.cnonce}:auth:${what}`);
}

/** The header `Authorization` that answers a challenge; undefined where it asks for what is not here. */
export function answerChallenge(
  challenge: string,
  user: DigestUser,
  asked: Asked & { count: number; cnonce?: string },
): string | undefined {
  const said = parametersOf(challenge);
  const algorithm = algorithmOf(said?.algorithm);
  if (!said?.nonce || said.realm === undefined || !algorithm) return undefined;
  if (!said.qop?.split(/\s*,\s*/).includes('auth')) return undefined;
  const nc = asked.count.toString(16).padStart(8, '0');
  const cnonce = asked.cnonce ?? randomBytes(16).toString('base64url');
  const { realm, nonce, opaque } = said;
  const response = digestResponse(user, { ...asked, realm, nonce, nc, cnonce, algorithm });
  const quoted = { username: user.user, realm, nonce, uri: asked.uri, cnonce, response, ...(opaque ? { opaque } : {}) };
  const texts = Object.entries(quoted).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`);
  return `Digest ${[...texts, 'qop=auth', `nc=${nc}`, `algorithm=${algorithm}`].join(', ')}`;
}

/** `name=value` and `name="value"` after the scheme `Digest`; undefined for another scheme, and where a name comes twice. */
export function parametersOf(header: string): Partial<Record<string, string>> | undefined {
  const [, list] = /^Digest\s+(.{1,2000})$/i.exec(header) ?? [];
  if (list === undefined) return undefined;
  const found = [...list.matchAll(/([a-z0-9*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/gi)];
  const pairs = found.map(([, name = '', quoted, bare]) => [
    name.toLowerCase(),
    quoted?.replace(/\\(.)/g, '$1') ?? bare,
  ]);
  return new Set(pairs.map(([name]) => name)).size === pairs.length ? Object.fromEntries(pairs) : undefined;
}

/** A challenge that names none means MD5. */
export const algorithmOf = (name = 'MD5'): DigestAlgorithm | undefined =>
  (Object.keys(digestAlgorithms) as DigestAlgorithm[]).find((known) => known === name.toUpperCase());
