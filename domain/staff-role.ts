/** What a member of staff is, for one department or for the whole university. */
export const staffRoles = ['approver', 'head', 'deputy', 'host', 'reception', 'security', 'auditor', 'admin'] as const;
export type StaffRole = (typeof staffRoles)[number];

/** Roles that a task may ask for. */
export const seats = ['approver', 'head', 'deputy', 'host', 'reception', 'security'] as const satisfies StaffRole[];
export type Seat = (typeof seats)[number];

/** Whose signature a task asks for. */
export interface SeatAt {
  department: string;
  /** Left out: an approver's. */
  role?: Seat;
  /** Named people, ids of staff, instead of everybody of the role. */
  people?: string[];
}

/** Why somebody may act on a task: the seat is theirs, a rung of the ladder lets them, or they stand in for another. */
export const actingWays = ['own', 'ladder', 'delegate', 'assistant'] as const;
export type ActingWay = (typeof actingWays)[number];
