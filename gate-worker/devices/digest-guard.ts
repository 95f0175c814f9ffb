import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { minute } from '../../domain/time.ts';
import { sameSecret } from './bearer.ts';
import { algorithmOf, type DigestUser, digestResponse, parametersOf } from './digest.ts';

/** Asks a device who it is. A nonce is made by us, lasts a few minutes, and each count of it is good once: nothing is replayed. */
export type DigestGuard = ReturnType<typeof createDigestGuard>;

const realm = 'xiaomen gate';
const lasts = 5 * minute;
const mostNonces = 1_000;

export function createDigestGuard(whose: DigestUser) {
  const key = randomBytes(32);
  /** The highest count of each nonce that was used. */
  const used = new Map<string, number>();
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url');

  function makeNonce(now: number): string {
    const text = `${now}.${randomBytes(9).toString('base64url')}`;
    return `${text}.${sign(text)}`;
  }

  /** Undefined where it is none of ours. */
  function madeAt(nonce: string): number | undefined {
    const at = nonce.lastIndexOf('.');
    const [text, seal] = [nonce.slice(0, at), Buffer.from(nonce.slice(at + 1))];
    const right = Buffer.from(sign(text));
    return seal.length === right.length && timingSafeEqual(seal, right) ? Number.parseInt(text, 10) : undefined;
  }

  function use(nonce: string, count: number): boolean {
    if (count <= (used.get(nonce) ?? 0)) return false;
    used.delete(nonce);
    used.set(nonce, count);
    const [oldest] = used.keys();
    if (used.size > mostNonces && oldest !== undefined) used.delete(oldest);
    return true;
  }

  return {
    /** The headers `WWW-Authenticate` of an answer 401, the strongest first. */
    challenge(why?: 'stale', now = Date.now()): string[] {
      const nonce = makeNonce(now);
      const stale = why ? ', stale=true' : '';
      return ['SHA-256', 'MD5'].map(
        (algorithm) => `Digest realm="${realm}", qop="auth", algorithm=${algorithm}, nonce="${nonce}"${stale}`,
      );
    },
    /** @param asked method and target as they stand in the request's first line */
    check(header: string, asked: { method: string; uri: string }, now = Date.now()): 'ok' | 'stale' | 'wrong' {
      const said = parametersOf(header);
      const algorithm = algorithmOf(said?.algorithm);
      const { username, nonce, nc, cnonce, response } = said ?? {};
      if (!algorithm || !username || !nonce || !cnonce || !response || said?.qop !== 'auth') return 'wrong';
      if (said.realm !== realm || said.uri !== asked.uri || !/^[0-9a-f]{8}$/i.test(nc ?? '')) return 'wrong';
      const made = madeAt(nonce);
      if (made === undefined) return 'stale';
      const right = digestResponse(whose, { ...asked, realm, nonce, nc: nc ?? '', cnonce, algorithm });
      if (!sameSecret(username, whose.user) || !sameSecret(response.toLowerCase(), right)) return 'wrong';
      if (now - made > lasts || now < made) return 'stale';
      return use(nonce, Number.parseInt(nc ?? '0', 16)) ? 'ok' : 'stale';
    },
  };
}
