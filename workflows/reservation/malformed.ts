import type { RefusalCode } from '../../domain/request.ts';
import type { UpdateKind } from '../messages/reservation.ts';

/**
 * A process that reaches the engine may send a message of any shape, and one that was sealed for another verb. Validators run
 * once, before anything is written: a replay never asks this again. A `web` of an earlier release, in the middle of a
 * rollout, does not say which verb it means; under a codec key made since nothing of it opens.
 */
export function refuseMalformed(kind: UpdateKind, told: unknown): RefusalCode | undefined {
  if (typeof told !== 'object' || told === null) return 'malformed';
  const { request, actor, kind: said } = told as Record<string, unknown>;
  const named = typeof actor === 'object' && actor !== null && 'kind' in actor && 'id' in actor;
  const meant = said === undefined || said === kind;
  return meant && isId(request) && named && isId(actor.id) ? undefined : 'malformed';
}

const isId = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-z-]{1,64}$/i.test(value);
