import { z } from 'zod';
import { issuer, list, networks, safeUrl } from './setting-values.ts';

/** The university's own sign-in and its other systems, in the form of the other groups of settings. */

export const oidc = {
  OIDC_ISSUER: issuer
    .optional()
    .describe(
      "the university's sign-in by OpenID Connect: its issuer, to the letter, see [operations](docs/operations.md); left out: staff sign in by password alone",
    ),
  OIDC_CLIENT_ID: z.string().min(1).optional().describe('the name under which it knows this system'),
  OIDC_CLIENT_SECRET: z.string().min(1).optional().describe('the secret of that name; all three or none'),
  OIDC_ACCOUNT_CLAIM: z
    .string()
    .regex(/^[\w.:/-]{1,100}$/)
    .optional()
    .describe(
      'the claim that holds a user name, such as `preferred_username`: who comes for the first time gets the account of that name, so it must be one that people cannot change; left out: only people who came before are known',
    ),
  OIDC_MULTI_FACTOR_ACR: list.describe(
    'values of `acr` that stand for several factors, with commas; beside them an `amr` with `mfa` counts',
  ),
};

export const cas = {
  CAS_URL: safeUrl
    .optional()
    .describe(
      "the university's sign-in by CAS 3.0: the address before `/login` and `/p3/serviceValidate`, whose user names are ours; left out: none",
    ),
  CAS_MULTI_FACTOR: list.describe(
    'values of the attribute `authnContextClass` that stand for several factors, with commas; left out: none does',
  ),
};

/** Of web hooks. */
export const hooks = {
  WEBHOOK_NETWORKS: networks.describe(
    "addresses and CIDRs inside the university's network where web hooks may go besides public addresses, with commas; left out: none",
  ),
};
