import { z } from 'zod';
import { type EventPlace, listGateEvents, type ReadGateEvent } from '../../store/api/gate-event.ts';
import { allGates } from '../../store/content/content.ts';
import { isUuid } from '../is-uuid.ts';
import { operation } from './operation.ts';
import { badCursor, cursorOf, instant, lastOf, localized, name, paging, said } from './schemas.ts';

const gateId = z.string().max(31);

export const listGates = operation({
  id: 'listGates',
  method: 'get',
  path: '/gates',
  scope: 'gates:read',
  answer: name(
    'GateList',
    z.object({
      gates: z.array(
        name(
          'Gate',
          z.object({ id: gateId, name: localized, campus: z.uuid(), retired: said('gate.retired', z.boolean()) }),
        ),
      ),
    }),
  ),
  async handle({ deps: { db } }) {
    const gates = await allGates(db);
    return {
      answer: { gates: gates.map((gate) => ({ ...gate, retired: gate.retiredAt !== null })) },
      detail: { found: gates.length },
    };
  },
});

/** A log to follow: ask again with `next`, and nothing is left out. */
export const listGateEventsOperation = operation({
  id: 'listGateEvents',
  method: 'get',
  path: '/gates/events',
  scope: 'gates:read',
  query: z.strictObject({ ...paging, gate: said('event.asked_gate', gateId).optional() }),
  answer: name(
    'GateEventList',
    z.object({
      events: z.array(
        name(
          'GateEvent',
          z.object({
            id: z.uuid(),
            gate: said('event.gate', gateId),
            direction: z.enum(['in', 'out']),
            method: said('event.method', z.string()),
            visit: z.uuid(),
            ordinal: said('person.ordinal', z.int()),
            occurredAt: said('event.occurred_at', instant),
            recordedAt: instant,
            annulledAt: said('event.annulled_at', instant.nullable()),
          }),
        ),
      ),
      next: said('event.next', z.string().nullable()),
      more: said('event.more', z.boolean()),
    }),
  ),
  async handle({ deps: { db }, by }, { query: { limit, cursor, gate } }) {
    const after = placeOf(cursor);
    const { events, last, more } = await listGateEvents(db, { departments: by.departments, gate }, { limit, after });
    const next = last ? cursorOf(`${last.recorded} ${last.id}`) : (cursor ?? null);
    return { answer: { events: events.map(written), next, more }, detail: { found: events.length } };
  },
});

const written = ({ occurredAt, recordedAt, annulledAt, ...rest }: ReadGateEvent) => ({
  ...rest,
  occurredAt: occurredAt.toISOString(),
  recordedAt: recordedAt.toISOString(),
  annulledAt: annulledAt?.toISOString() ?? null,
});

/** @throws ApiProblem */
function placeOf(cursor: string | undefined): EventPlace | undefined {
  if (cursor === undefined) return undefined;
  const [recorded = '', id] = (lastOf(cursor) ?? '').split(' ');
  if (!/^\d{1,17}$/.test(recorded) || !isUuid(id)) throw badCursor();
  return { recorded, id };
}
