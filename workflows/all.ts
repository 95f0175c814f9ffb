/** What the worker bundles: one export a workflow type. */
export { gate } from './gate/gate.ts';
export { reservation } from './reservation/reservation.ts';
export { retention } from './retention/retention.ts';
