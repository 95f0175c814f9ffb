import type { AuditRecord } from '../../store/audit/audit.ts';
import { readReservationWorkflowId } from '../../workflows/messages/reservation.ts';

/** A reservation's workflow is recorded as the reservation, so that its audit shows who looked into it. */
export function subjectOfWorkflow(workflow: string): AuditRecord['subject'] {
  const reservation = readReservationWorkflowId(workflow);
  return reservation ? { kind: 'reservation', id: reservation } : { kind: 'workflow', id: workflow.slice(0, 200) };
}
