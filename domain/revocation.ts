/** A member of staff ends a visit that was approved, for everybody or for one person of the party. */

/** Why, from a list; a text may stand beside it. Sentences: `revocation.reason.<it>`. */
export const revocationReasons = ['conduct', 'identity', 'host', 'safety', 'closed', 'other'] as const;
export type RevocationReason = (typeof revocationReasons)[number];

/** As what somebody may end a visit; a person who holds several acts as the first of them. */
export const revokingRoles = ['approver', 'head', 'security', 'admin'] as const;
export type RevokingRole = (typeof revokingRoles)[number];
