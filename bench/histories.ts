import { walkVisit } from '../e2e/faults/walk.ts';
import { aVisitor } from '../e2e/people.ts';
import { reservationWorkflowId } from '../workflows/messages/reservation.ts';
import type { Figure } from './figure.ts';
import { countEvents } from './history.ts';
import { createJourney } from './journey.ts';
import { stranger } from './people.ts';
import type { Product } from './product.ts';

/** Long enough to walk to the gate, short enough to wait for the end. */
const visitSeconds = 30;

/** Two whole visits with one approval, one message, two gates and one entry: how many events their histories hold. */
export async function measureHistories(product: Product): Promise<Figure[]> {
  const end = new Date(Date.now() + visitSeconds * 1000);
  const journey = await createJourney(product);
  const returning = await journey.walk(end);
  journey.close();
  const first = await walkVisit({
    system: product,
    visitor: aVisitor(stranger),
    fate: 'visits',
    wechat: false,
    until: Date.now() + visitSeconds * 1000,
    reached: () => {},
  });
  return [
    await eventsOf(product, returning, { name: 'history_events', atMost: 60 }),
    await eventsOf(product, first.reservation, { name: 'history_events_first', atMost: 75 }),
  ];
}

async function eventsOf(
  { client }: Product,
  reservation: string,
  { name, atMost }: { name: string; atMost: number },
): Promise<Figure> {
  const handle = client.workflow.getHandle(reservationWorkflowId(reservation));
  const { outcome } = (await handle.result()) as { outcome: string };
  const { events, byType } = countEvents(await handle.fetchHistory());
  return { name, value: events, unit: 'events', target: { atMost }, seen: { outcome, ...inShort(byType) } };
}

const inShort = (byType: Record<string, number>): Record<string, number> => ({
  workflow_tasks: byType.WORKFLOW_TASK_COMPLETED ?? 0,
  activities: byType.ACTIVITY_TASK_COMPLETED ?? 0,
  local_activities: byType.MARKER_RECORDED ?? 0,
  updates: byType.WORKFLOW_EXECUTION_UPDATE_COMPLETED ?? 0,
  signals: byType.WORKFLOW_EXECUTION_SIGNALED ?? 0,
  timers: byType.TIMER_STARTED ?? 0,
  upserts: byType.UPSERT_WORKFLOW_SEARCH_ATTRIBUTES ?? 0,
});
