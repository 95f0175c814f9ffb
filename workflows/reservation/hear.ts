import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { RefusalCode } from '../../domain/request.ts';
import {
  cancel,
  decide,
  entered,
  left,
  messageFailed,
  refusedType,
  resendCode,
  submit,
  visitorReady,
} from '../messages/reservation.ts';
import { handleDecision, refuseDecision } from './approval.ts';
import { handleCancel, refuseCancel } from './cancel.ts';
import { handleSubmission, refuseSubmission } from './details.ts';
import { handleMovement } from './movements.ts';
import { handleFailedMessage, handleResend, refuseResend } from './notification.ts';
import { handleReady, refuseReady } from './prepare.ts';
import type { Visit } from './visit.ts';

/**
 * What may be said to a reservation. Handlers are synchronous up to their answer, so none sees a state that
 * another has half changed; only a submission waits, in a queue, for its admission.
 */
export function hear(visit: Visit): void {
  setHandler(visitorReady, (asked) => handleReady(visit, asked), refusing(visit, refuseReady));
  setHandler(submit, (asked) => handleSubmission(visit, asked), refusing(visit, refuseSubmission));
  setHandler(decide, (asked) => handleDecision(visit, asked), refusing(visit, refuseDecision));
  setHandler(cancel, (asked) => handleCancel(visit, asked), refusing(visit, refuseCancel));
  setHandler(resendCode, (asked) => handleResend(visit, asked), refusing(visit, refuseResend));

  setHandler(entered, (event) => handleMovement(visit, event));
  setHandler(left, (event) => handleMovement(visit, event));
  setHandler(messageFailed, (failure) => handleFailedMessage(visit, failure));
}

/** A validator: what it refuses leaves no trace in the history. */
function refusing<Asked>(visit: Visit, refuse: (visit: Visit, asked: Asked) => RefusalCode | undefined) {
  return {
    validator(asked: Asked): void {
      const code = visit.stage === 'closed' ? 'closed' : refuse(visit, asked);
      if (code) throw ApplicationFailure.nonRetryable(code, refusedType, code);
    },
  };
}
