/** What a key of another system may ask for; the API's operations name the one that each needs. */
export const apiScopes = [
  'departments:read',
  'visits:read',
  'visits:personal',
  'invitations:write',
  'invitations:read',
  'gates:read',
  'inside:read',
] as const;
export type ApiScope = (typeof apiScopes)[number];

/** Those that say who somebody is. */
export const personalScopes: readonly ApiScope[] = ['visits:personal'];

/** How long a key may live, in days. */
export const keyLifetimes = [30, 90, 180, 365] as const;
