import type { UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { type Answer, refusalIn } from '../../domain/request.ts';
import {
  annulled,
  entered,
  left,
  messageFailed,
  paid,
  projection,
  refusedType,
  type Told,
  type UpdateKind,
  unreached,
  updates,
} from '../messages/reservation.ts';
import { snapshot } from './advance.ts';
import { refuseForHeadRoom } from './head-room.ts';
import { handleUnreached } from './ladder.ts';
import { refuseMalformed } from './malformed.ts';
import { handleMovement } from './movements.ts';
import { handleFailedMessage } from './notification.ts';
import { handlePayment } from './verbs/change.ts';
import { verbs } from './verbs/index.ts';
import type { Verb } from './verbs/verb.ts';
import type { Visit } from './visit.ts';

/**
 * What may be said to a reservation. Handlers are synchronous up to their answer, so none sees a state that
 * another has half changed; only what wants admission waits for it, one at a time, and a phone for its pass.
 */
export function hear(visit: Visit): void {
  for (const kind of Object.keys(verbs) as UpdateKind[]) listen(visit, kind);

  const signalled = (handle: (visit: Visit, told: unknown) => void) => (told: unknown) => {
    visit.heard.signals += 1;
    handle(visit, told);
  };
  setHandler(entered, signalled(handleMovement));
  setHandler(left, signalled(handleMovement));
  setHandler(annulled, signalled(handleMovement));
  setHandler(messageFailed, signalled(handleFailedMessage));
  setHandler(unreached, signalled(handleUnreached));
  setHandler(paid, signalled(handlePayment));
  setHandler(projection, () => snapshot(visit, [], []));
}

function listen<Kind extends UpdateKind>(visit: Visit, kind: Kind): void {
  const verb: Verb<Kind> = verbs[kind];
  const update: UpdateDefinition<Answer, [Told<Kind>]> = updates[kind];
  setHandler(update, (told) => answer(visit, verb, told), {
    validator(told) {
      const malformed = refuseMalformed(kind, told);
      if (!malformed && visit.earlier.has(told.request)) return;
      const code =
        malformed ?? refusalIn(visit.stage, kind) ?? refuseForHeadRoom(visit, kind) ?? verb.refuse(visit, told);
      if (code) throw ApplicationFailure.nonRetryable(code, refusedType, code);
    },
  });
}

/** What an earlier run answered is answered so again. The engine itself tells what is repeated within a run. */
function answer<Kind extends UpdateKind>(visit: Visit, verb: Verb<Kind>, told: Told<Kind>): Answer | Promise<Answer> {
  visit.heard.updates += 1;
  const known = visit.earlier.get(told.request);
  if (known) return known;
  const given = verb.handle(visit, told);
  const remember = (answer: Answer) => {
    visit.given.set(told.request, answer);
  };
  if (given instanceof Promise) given.then(remember, () => {});
  else remember(given);
  return given;
}
