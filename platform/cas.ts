import { normaliseUsername } from '../domain/username.ts';
import type { WebSettings } from './config.ts';
import { isElement, readXml } from './xml.ts';

/** The university's sign-in by CAS 3.0: a ticket in the address, asked about once, for the service that it was given for. */

export interface CasPerson {
  issuer: string;
  /** The user name as it is compared: a server may take capital letters for small ones. */
  subject: string;
  caseless: true;
  username: string;
  multiFactor: boolean;
  /** When the person last showed who they are, epoch ms, where the server says so. */
  authenticatedAt?: number;
}

/** `away`: nobody answers, or no CAS; `refused`: the server said no. */
export type CasAnswer = { ok: true; person: CasPerson } | { ok: false; why: 'away' | 'refused'; code: string };

export type CasSettings = Pick<WebSettings, 'CAS_URL' | 'CAS_MULTI_FACTOR'>;

export interface Cas {
  /** @param how.afresh the person shows who they are once more, also where they are signed in there */
  loginUrl(service: string, how?: { afresh: boolean }): string;
  logoutUrl(service: string): string;
  /** @param how.afresh only a ticket that was given after that counts */
  validate(service: string, ticket: string, how?: { afresh: boolean }): Promise<CasAnswer>;
}

/** Milliseconds that one question may take. */
const patience = 5_000;

const renew = (how?: { afresh: boolean }): Record<string, string> => (how?.afresh ? { renew: 'true' } : {});

export const isTicket = (value: unknown): value is string =>
  typeof value === 'string' && /^ST-[\w.-]{1,253}$/.test(value);

/** @returns nothing where no server is set */
export function createCas({ CAS_URL: top, CAS_MULTI_FACTOR: several }: CasSettings): Cas | undefined {
  if (!top) return undefined;
  const at = (path: string, query: Record<string, string>) => `${top}${path}?${new URLSearchParams(query)}`;
  return {
    loginUrl: (service, how) => at('/login', { service, ...renew(how) }),
    logoutUrl: (service) => at('/logout', { service }),
    async validate(service, ticket, how) {
      let text: string;
      try {
        const signal = AbortSignal.timeout(patience);
        const response = await fetch(at('/p3/serviceValidate', { service, ticket, ...renew(how) }), {
          signal,
          redirect: 'error',
        });
        text = await response.text();
        if (!response.ok) return { ok: false, why: 'away', code: String(response.status) };
      } catch {
        return { ok: false, why: 'away', code: 'unreachable' };
      }
      return readAnswer(text, top, several);
    },
  };
}

function readAnswer(text: string, issuer: string, several: string[]): CasAnswer {
  const root = readXml(text)?.serviceResponse;
  if (!isElement(root)) return { ok: false, why: 'away', code: 'not_cas' };
  const success = root.authenticationSuccess;
  // Neither both nor a list of them.
  if (!isElement(success) || root.authenticationFailure !== undefined)
    return { ok: false, why: 'refused', code: 'failure' };
  const { user, attributes } = success;
  if (typeof user !== 'string' || user === '' || user.length > 255)
    return { ok: false, why: 'refused', code: 'no_user' };
  const told = isElement(attributes) ? attributes : {};
  const contexts = [told.authnContextClass].flat();
  const authenticatedAt = timeOf(told.authenticationDate);
  return {
    ok: true,
    person: {
      issuer,
      subject: normaliseUsername(user),
      caseless: true,
      username: user,
      multiFactor: contexts.some((one) => typeof one === 'string' && several.includes(one)),
      ...(authenticatedAt !== undefined && { authenticatedAt }),
    },
  };
}

/** Servers add the name of a zone: `2026-11-29T09:30:10.456Z[UTC]`. */
function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value.replace(/\[[^\]]*\]$/, '')) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** The ticket whose session is over, from a CAS server's `logoutRequest`. */
export function readLogoutRequest(text: string): string | undefined {
  const root = readXml(text)?.LogoutRequest;
  const ticket = isElement(root) ? root.SessionIndex : undefined;
  return isTicket(ticket) ? ticket : undefined;
}
