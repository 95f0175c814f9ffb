import type { WorkflowMessageKind } from '../../domain/message-kinds.ts';
import type { Notice } from '../messages/activities.ts';
import { messages } from './activities.ts';
import { advance } from './advance.ts';
import { beside } from './beside.ts';
import { putAside } from './movements.ts';
import { isOpen, type Visit } from './visit.ts';

/** Tells the visitor. Sent after the pass exists, so that its link opens something; the visit does not wait for it. */
export async function notification(visit: Visit): Promise<void> {
  tell(visit, 'approved');
}

/** A message beside the stages: cancelling the reservation does not take back what is being handed over. */
export function tell(
  visit: Visit,
  kind: WorkflowMessageKind,
  about: { pass?: string; decision?: string; id?: string; after?: Promise<unknown> } = {},
): void {
  const { reservation } = visit.start;
  const { id = String(visit.seq), after, ...rest } = about;
  beside(visit, async () => {
    await after;
    await handOver({ reservation, kind, key: `${reservation}/${kind}/${id}`, ...rest });
  });
}

export const handOver = async (notice: Notice): Promise<void> => {
  await messages('kind' in notice ? `message: ${notice.kind}` : 'message: once more').notify(notice);
};

/** A receipt said that WeChat could not deliver. */
export function handleFailedMessage(visit: Visit, told: unknown): void {
  if (!isFailedMessage(told)) {
    putAside(visit, 'message');
    return;
  }
  const { event, message } = told;
  if (visit.handled.has(event)) return;
  visit.handled.add(event);
  if (isOpen(visit)) {
    advance(visit, {}, [{ kind: 'message_failed', actor: { kind: 'system', id: 'wechat' }, reference: message }]);
  }
  beside(visit, () => handOver({ reservation: visit.start.reservation, message, after: 'wechat' }));
}

const isFailedMessage = (told: unknown): told is { event: string; message: string } =>
  typeof told === 'object' &&
  told !== null &&
  'event' in told &&
  'message' in told &&
  isRowId(told.event) &&
  isRowId(told.message);

const isRowId = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f-]{36}$/i.test(value);
