import { listDepartments } from './departments.ts';
import { listGateEventsOperation, listGates } from './gates.ts';
import { readInside } from './inside.ts';
import { createInvitation, getInvitation, revokeInvitationOperation } from './invitations.ts';
import type { Operation } from './operation.ts';
import { getVisit, listVisitsOperation } from './visits.ts';

/** All that other systems may ask for, in the order of the document. */
export const operations: readonly Operation[] = [
  listDepartments,
  listVisitsOperation,
  getVisit,
  createInvitation,
  getInvitation,
  revokeInvitationOperation,
  listGates,
  listGateEventsOperation,
  readInside,
];
