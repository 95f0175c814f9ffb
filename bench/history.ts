import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
const types = proto.temporal.api.enums.v1.EventType;

/** How often each event type occurs, by its proto name without the prefix, and how many in all. */
export function countEvents(history: History): { events: number; byType: Record<string, number> } {
  const byType: Record<string, number> = {};
  const events = history.events ?? [];
  for (const event of events) {
    const name = (types[event.eventType ?? 0] ?? 'UNKNOWN').replace('EVENT_TYPE_', '');
    byType[name] = (byType[name] ?? 0) + 1;
  }
  return { events: events.length, byType };
}
