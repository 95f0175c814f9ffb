import type { Knex } from 'knex';
import { passStages } from '../../domain/reservation.ts';
import { stageAnswered } from '../reservations/behind.ts';

/**
 * What gates saw last of each person: `gate_event` `e` beside `reservation` `r`, for the visits that the caller narrows it to. Whoever
 * was seen last going in is inside, unless somebody said since that they have left.
 */
export const lastSeen = (db: Knex) =>
  db('gate_event as e')
    .join('reservation as r', 'r.id', 'e.reservation_id')
    .whereNull('e.annulled_at')
    .distinctOn('e.reservation_id', 'e.ordinal')
    .orderBy([{ column: 'e.reservation_id' }, { column: 'e.ordinal' }, { column: 'e.occurred_at', order: 'desc' }])
    .select(
      'e.reservation_id',
      'e.ordinal',
      'e.direction',
      'e.gate_id',
      'e.occurred_at',
      'r.campus_id',
      'r.said_left_at',
    );

/** Condition on `r`: the visit is not over. */
export const goesOn = (visit: Knex.QueryBuilder): void =>
  void visit.whereIn('r.stage', [...passStages]).whereRaw(`${stageAnswered} <> 'closed'`);

/** Condition on `lastSeen` as `e`. */
export const isInside = (seen: Knex.QueryBuilder): void =>
  void seen.where('e.direction', 'in').whereRaw('e.occurred_at > coalesce(e.said_left_at, to_timestamp(0))');
