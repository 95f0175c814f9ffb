import { generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import Provider from 'oidc-provider';
import { freePort } from '../bin/embedded/ports.ts';

/** A university's OpenID Connect: a real, certified provider. Who signs in there is said by the test, without a page. */
export interface University {
  issuer: string;
  /** As environment for `web`. */
  env: Record<string, string>;
  /** To be called once the address of `web` is known. */
  trust(web: string): void;
  /** Who stands before its login page from now on, with what they show there. */
  person: { subject: string; claims: Record<string, unknown>; shown?: { amr?: string[]; acr?: string } };
  /** Changes what the next ID tokens say; they are signed by the provider's own key. */
  alter: ((claims: Claims) => void) | undefined;
  /** True: a key that is not the provider's signs the altered tokens. */
  forges: boolean;
  /** True: nobody answers. */
  away: boolean;
  /** Goes where a browser goes, from our redirect to the address that leads back to us. */
  walk(from: string, until: string): Promise<URL>;
  stop(): Promise<void>;
}

export type Claims = Record<string, unknown> & { iat: number; exp: number };

const secret = 'a secret that only the two of them know';

const newKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

export async function startUniversity(): Promise<University> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const key = newKey();
  const jwk = { ...key.export({ format: 'jwk' }), kid: 'of-the-test', alg: 'RS256', use: 'sig' };
  let answer: RequestListener = (_req, res) => res.writeHead(503).end();

  const server = createServer((req, res) => {
    if (university.away) return req.socket.destroy();
    answer(req, res);
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));

  const university: University = {
    issuer,
    env: {
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: 'xiaomen',
      OIDC_CLIENT_SECRET: secret,
      OIDC_ACCOUNT_CLAIM: 'preferred_username',
      OIDC_MULTI_FACTOR_ACR: 'urn:campus:two-factors',
    },
    person: { subject: 'nobody', claims: {} },
    alter: undefined,
    forges: false,
    away: false,
    trust(web) {
      const provider = makeProvider(university, { web, jwk });
      provider.use(async (ctx, next) => {
        await next();
        const { id_token: token } = (ctx.body ?? {}) as { id_token?: string };
        if (ctx.path !== '/token' || !university.alter || !token) return;
        ctx.body = {
          ...(ctx.body as object),
          id_token: altered(token, university.alter, university.forges ? newKey() : key),
        };
      });
      const inner = provider.callback();
      answer = (req, res) => {
        if (!req.url?.startsWith('/interaction/')) return inner(req, res);
        const { subject, shown } = university.person;
        const login = { accountId: subject, ...shown };
        provider.interactionFinished(req, res, { login }).catch(() => res.writeHead(500).end());
      };
    },
    walk,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return university;
}

function makeProvider(university: University, { web, jwk }: { web: string; jwk: JsonWebKey }): Provider {
  return new Provider(university.issuer, {
    clients: [
      {
        client_id: 'xiaomen',
        client_secret: secret,
        redirect_uris: [`${web}/staff/oidc/callback`],
        post_logout_redirect_uris: [`${web}/staff/login`],
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['of the test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    claims: {
      openid: ['sub', 'amr', 'acr', 'auth_time'],
      profile: ['preferred_username'],
      email: ['email', 'email_verified'],
    },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    findAccount: (_ctx: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, ...university.person.claims }),
    }),
    // Everybody agrees to what we ask for.
    loadExistingGrant: async (ctx: {
      oidc: { client: { clientId: string }; session: { accountId: string }; provider: Provider };
    }) => {
      const { client, session, provider } = ctx.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  });
}

/** The same token with other claims, signed anew. */
function altered(token: string, alter: (claims: Claims) => void, key: Parameters<typeof sign>[2]): string {
  const [head = '', body = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
  alter(claims);
  const text = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** A browser that keeps what it is given, of nobody yet. */
async function walk(from: string, until: string): Promise<URL> {
  const jar = new Map<string, string>();
  for (let at = new URL(from), steps = 0; steps < 10; steps += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      jar.set(name, value);
    }
    const to = response.headers.get('location');
    if (!to) throw new Error(`The provider answered ${response.status}: ${await response.text()}`);
    at = new URL(to, at);
    if (at.href.startsWith(until)) return at;
  }
  throw new Error('The provider leads nowhere');
}
