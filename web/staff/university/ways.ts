import type { Response } from 'express';
import type { WebSettings } from '../../../platform/config.ts';
import type { Translate } from '../../../platform/i18n.ts';

/** How the university may sign staff in, and what the login page says where it did not. */

export function waysOf(settings: Pick<WebSettings, 'OIDC_ISSUER' | 'CAS_URL'>): Way[] {
  return [...(settings.OIDC_ISSUER ? ['oidc' as const] : []), ...(settings.CAS_URL ? ['cas' as const] : [])];
}

export type Way = 'oidc' | 'cas';

/** Who names people there. */
export const issuerOf = (settings: Pick<WebSettings, 'OIDC_ISSUER' | 'CAS_URL'>, way: Way): string =>
  (way === 'oidc' ? settings.OIDC_ISSUER : settings.CAS_URL) ?? '';

/** Who can sign in at all. */
export const signInsOf = (
  settings: Pick<WebSettings, 'OIDC_ISSUER' | 'CAS_URL' | 'XIAOMEN_MODE'>,
): { demo: boolean; issuers: string[] } => ({
  demo: settings.XIAOMEN_MODE === 'demo',
  issuers: [settings.OIDC_ISSUER, settings.CAS_URL].filter((issuer) => issuer !== undefined),
});

const problems = ['away', 'again', 'refused', 'unknown', 'left', 'other'] as const;

export type UniversityProblem = (typeof problems)[number];

export function problemOf(res: Response, word: unknown): string | undefined {
  const t: Translate = res.locals.t;
  const problem = problems.find((one) => one === word);
  return problem && t(`staff.university.${problem}`);
}

/** Tickets and codes come in an address: the browser leaves it at once, also where nobody was signed in. */
export function toLoginWith(res: Response, problem: UniversityProblem, back = '/staff'): void {
  res.redirect(303, `/staff/login?university=${problem}&return=${encodeURIComponent(back)}`);
}
