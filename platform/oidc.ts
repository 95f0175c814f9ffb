import * as client from 'openid-client';
import type { WebSettings } from './config.ts';

/** The university's sign-in by OpenID Connect: authorization code with PKCE, state and nonce; tokens are checked by the library. */

/** What a browser keeps between the way out and the way back. Good once. */
export interface OidcAsked {
  state: string;
  nonce: string;
  verifier: string;
}

/** Whom the provider named. */
export interface OidcPerson {
  issuer: string;
  subject: string;
  /** What the configured claim holds. */
  username?: string;
  /** The provider says that more than one factor was shown. */
  multiFactor: boolean;
  /** When the person last showed who they are, epoch ms, where the provider says so. */
  authenticatedAt?: number;
}

/** `away`: the provider cannot be reached or is broken; `refused`: it, or a check of what it sent, said no. */
export type OidcAnswer = { ok: true; person: OidcPerson } | { ok: false; why: 'away' | 'refused'; code: string };

export type OidcSettings = Pick<
  WebSettings,
  'OIDC_ISSUER' | 'OIDC_CLIENT_ID' | 'OIDC_CLIENT_SECRET' | 'OIDC_ACCOUNT_CLAIM' | 'OIDC_MULTI_FACTOR_ACR'
>;

/** Seconds by which the provider's clock may differ from ours. */
const tolerance = 60;
/** Seconds that one call to the provider may take. */
const patience = 5;
/** How long what the provider says of itself is believed, in milliseconds. */
const keepFor = 3_600_000;

export interface Oidc {
  issuer: string;
  /**
   * @param how.afresh the person shows who they are once more, also where they are signed in there
   * @returns where the browser goes, and what it keeps; undefined: the provider is away
   */
  begin(redirectUri: string, how?: { afresh: boolean }): Promise<{ url: string; asked: OidcAsked } | undefined>;
  /** @param current the address that the browser came back to, with its query */
  redeem(current: URL, asked: OidcAsked): Promise<OidcAnswer>;
  /** Where the provider's own session ends; undefined where it offers no such page, or is away. */
  endUrl(returnTo: string): Promise<string | undefined>;
}

/** @returns nothing where no provider is set */
export function createOidc(settings: OidcSettings): Oidc | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: id, OIDC_CLIENT_SECRET: secret } = settings;
  if (!issuer || !id || !secret) return undefined;
  let kept: { config: Promise<client.Configuration>; until: number } | undefined;

  function configuration(): Promise<client.Configuration> {
    if (kept && kept.until > Date.now()) return kept.config;
    const config = client.discovery(
      new URL(issuer as string),
      id as string,
      { client_secret: secret as string, [client.clockTolerance]: tolerance },
      undefined,
      {
        timeout: patience,
        // Signatures are checked too, not only the way that a token came.
        execute: [
          client.enableNonRepudiationChecks,
          ...(issuer?.startsWith('http:') ? [client.allowInsecureRequests] : []),
        ],
      },
    );
    const asked = { config, until: Date.now() + keepFor };
    kept = asked;
    config.catch(() => {
      if (kept === asked) kept = undefined;
    });
    return config;
  }

  return {
    issuer,
    async begin(redirectUri, how) {
      const config = await configuration().catch(() => undefined);
      if (!config) return undefined;
      const asked = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: settings.OIDC_ACCOUNT_CLAIM === 'email' ? 'openid profile email' : 'openid profile',
        state: asked.state,
        nonce: asked.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(asked.verifier),
        code_challenge_method: 'S256',
        ...(how?.afresh && { prompt: 'login' }),
      });
      return { url: url.href, asked };
    },
    async redeem(current, { state, nonce, verifier }) {
      try {
        const config = await configuration();
        const tokens = await client.authorizationCodeGrant(config, current, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
        });
        return { ok: true, person: await readPerson(config, tokens, settings) };
      } catch (error) {
        return { ok: false, why: isAway(error) ? 'away' : 'refused', code: codeOf(error) };
      }
    },
    async endUrl(returnTo) {
      const config = await configuration().catch(() => undefined);
      if (!config?.serverMetadata().end_session_endpoint) return undefined;
      // Without the hint of a token: it would put into the address who signs out.
      return client.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo }).href;
    },
  };
}

type Tokens = Awaited<ReturnType<typeof client.authorizationCodeGrant>>;

async function readPerson(config: client.Configuration, tokens: Tokens, settings: OidcSettings): Promise<OidcPerson> {
  const claims = tokens.claims();
  if (!claims) throw new Error('the provider sent no ID token');
  const { amr, acr, auth_time: authTime } = claims;
  const multiFactor =
    (Array.isArray(amr) && amr.includes('mfa')) ||
    (typeof acr === 'string' && settings.OIDC_MULTI_FACTOR_ACR.includes(acr));
  const username = await claimOf(config, tokens, claims, settings.OIDC_ACCOUNT_CLAIM);
  return {
    issuer: claims.iss,
    subject: claims.sub,
    multiFactor,
    ...(username !== undefined && { username }),
    ...(typeof authTime === 'number' && { authenticatedAt: authTime * 1000 }),
  };
}

/** In the ID token, or where the provider keeps a person's claims. An address counts only where the provider has verified it. */
async function claimOf(
  config: client.Configuration,
  tokens: Tokens,
  claims: client.IDToken,
  name: string | undefined,
): Promise<string | undefined> {
  if (!name) return undefined;
  const asks = claims[name] === undefined && config.serverMetadata().userinfo_endpoint !== undefined;
  const all = asks ? await client.fetchUserInfo(config, tokens.access_token, claims.sub) : claims;
  if (name === 'email' && all.email_verified !== true) return undefined;
  const value = all[name];
  return typeof value === 'string' ? value : undefined;
}

/** Not what somebody sent, but that nobody answered, or a server's own fault. */
function isAway(error: unknown): boolean {
  if (error instanceof client.ResponseBodyError) return error.status >= 500;
  if (error instanceof client.ClientError) {
    return ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM'].includes(error.code ?? '');
  }
  return error instanceof TypeError && error.cause !== undefined;
}

/** A word for the log; never what the provider wrote. */
const codeOf = (error: unknown): string =>
  (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code) || 'unknown';
