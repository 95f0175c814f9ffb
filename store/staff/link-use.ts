/** What links to sign in are for. */

/** Those that an admin makes and may hand over. */
export const officeUses = ['invitation', 'reset'] as const;
export type OfficeUse = (typeof officeUses)[number];

/** Those that their person asks for: `university` opens nothing, its mail says where to sign in instead. */
export const askedUses = ['forgotten', 'university'] as const;
export type AskedUse = (typeof askedUses)[number];

export type StaffLinkUse = OfficeUse | AskedUse;
