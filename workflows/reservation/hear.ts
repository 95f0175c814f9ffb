import type { UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { type Answer, refusalIn } from '../../domain/request.ts';
import {
  entered,
  left,
  messageFailed,
  refusedType,
  type Told,
  type UpdateKind,
  updates,
} from '../messages/reservation.ts';
import { refuseMalformed } from './malformed.ts';
import { handleMovement } from './movements.ts';
import { handleFailedMessage } from './notification.ts';
import { verbs } from './verbs/index.ts';
import type { Verb } from './verbs/verb.ts';
import type { Visit } from './visit.ts';

/**
 * What may be said to a reservation. Handlers are synchronous up to their answer, so none sees a state that
 * another has half changed; only what wants admission waits for it, one at a time, and a phone for its pass.
 */
export function hear(visit: Visit): void {
  for (const kind of Object.keys(verbs) as UpdateKind[]) listen(visit, kind);

  setHandler(entered, (event) => handleMovement(visit, event));
  setHandler(left, (event) => handleMovement(visit, event));
  setHandler(messageFailed, (failure) => handleFailedMessage(visit, failure));
}

function listen<Kind extends UpdateKind>(visit: Visit, kind: Kind): void {
  const verb: Verb<Kind> = verbs[kind];
  const update: UpdateDefinition<Answer, [Told<Kind>]> = updates[kind];
  setHandler(update, (told) => verb.handle(visit, told), {
    validator(told) {
      const code = refuseMalformed(kind, told) ?? refusalIn(visit.stage, kind) ?? verb.refuse(visit, told);
      if (code) throw ApplicationFailure.nonRetryable(code, refusedType, code);
    },
  });
}
