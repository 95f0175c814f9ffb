import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import { reservationWorkflowId } from '../workflows/messages/reservation.ts';

const patience = 5_000;

/**
 * Signals the workflow of a reservation. One that has just ended is told nothing: its row will say so.
 * @throws what the engine answers otherwise, and after five seconds without an answer
 */
export async function tellWorkflow<Fact>(
  client: Client,
  reservation: string,
  signal: SignalDefinition<[Fact]>,
  fact: Fact,
): Promise<void> {
  const handle = client.workflow.getHandle(reservationWorkflowId(reservation));
  try {
    await client.withDeadline(Date.now() + patience, () => handle.signal(signal, fact));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
