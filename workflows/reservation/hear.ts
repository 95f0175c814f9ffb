import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { RefusalCode } from '../../domain/request.ts';
import {
  answerProposal,
  bindPhone,
  cancel,
  change,
  decide,
  entered,
  left,
  messageFailed,
  nudge,
  personReady,
  proposeTime,
  refusedType,
  removePerson,
  resendCode,
  sendBack,
  submit,
  visitorReady,
  withdrawChange,
} from '../messages/reservation.ts';
import { handleDecision, refuseDecision, refuseOutsideRound } from './approval.ts';
import { handleCancel, refuseCancel } from './cancel.ts';
import { handleChange, handleWithdrawal, refuseChange, refuseWithdrawal } from './change.ts';
import { handleSubmission, refuseSubmission } from './details.ts';
import { handleMovement } from './movements.ts';
import { handleFailedMessage, handleResend, refuseResend } from './notification.ts';
import { handleNudge, refuseNudge } from './nudge.ts';
import {
  handleBinding,
  handlePersonReady,
  handleRemoval,
  refuseBinding,
  refusePersonReady,
  refuseRemoval,
} from './party.ts';
import { handleReady, refuseReady } from './prepare.ts';
import { handleAnswer, handleProposal, refuseAnswer } from './proposal.ts';
import { handleReturn } from './return.ts';
import type { Visit } from './visit.ts';

/**
 * What may be said to a reservation. Handlers are synchronous up to their answer, so none sees a state that
 * another has half changed; only what wants admission waits for it, one at a time, and a phone for its pass.
 */
export function hear(visit: Visit): void {
  setHandler(visitorReady, (asked) => handleReady(visit, asked), refusing(visit, refuseReady));
  setHandler(submit, (asked) => handleSubmission(visit, asked), refusing(visit, refuseSubmission));
  setHandler(decide, (asked) => handleDecision(visit, asked), refusing(visit, refuseDecision));
  setHandler(cancel, (asked) => handleCancel(visit, asked), refusing(visit, refuseCancel));
  setHandler(resendCode, (asked) => handleResend(visit, asked), refusing(visit, refuseResend));

  setHandler(change, (asked) => handleChange(visit, asked), refusing(visit, refuseChange));
  setHandler(withdrawChange, (asked) => handleWithdrawal(visit, asked), refusing(visit, refuseWithdrawal));
  setHandler(sendBack, (asked) => handleReturn(visit, asked), refusing(visit, refuseOutsideRound));
  setHandler(proposeTime, (asked) => handleProposal(visit, asked), refusing(visit, refuseOutsideRound));
  setHandler(answerProposal, (asked) => handleAnswer(visit, asked), refusing(visit, refuseAnswer));
  setHandler(nudge, (asked) => handleNudge(visit, asked), refusing(visit, refuseNudge));
  setHandler(personReady, (asked) => handlePersonReady(visit, asked), refusing(visit, refusePersonReady));
  setHandler(removePerson, (asked) => handleRemoval(visit, asked), refusing(visit, refuseRemoval));
  setHandler(bindPhone, (asked) => handleBinding(visit, asked), refusing(visit, refuseBinding));

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
