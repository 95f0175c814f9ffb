import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';

/** The lead of a visit was seen at the south gate, as a row. @param ago in ms */
export const seenAtGate = (owner: Knex, reservation: string, direction: 'in' | 'out', ago = 0) =>
  owner('gate_event').insert({
    id: randomUUID(),
    reservation_id: reservation,
    ordinal: 0,
    gate_id: 'south',
    direction,
    method: 'qr',
    occurred_at: new Date(Date.now() - ago),
  });
