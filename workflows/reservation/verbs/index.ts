import type { UpdateKind } from '../../messages/reservation.ts';
import { addSigner, removeSigner } from './add-signer.ts';
import { bindPhone } from './bind-phone.ts';
import { cancel } from './cancel.ts';
import { change, withdrawChange } from './change.ts';
import { decide } from './decide.ts';
import { movePolicy } from './move-policy.ts';
import { nudge } from './nudge.ts';
import { personReady } from './person-ready.ts';
import { answerProposal, proposeTime } from './proposal.ts';
import { ready } from './ready.ts';
import { removePerson } from './remove-person.ts';
import { resendCode } from './resend-code.ts';
import { sendBack } from './return.ts';
import { returnToStep } from './return-to-step.ts';
import { revoke } from './revoke.ts';
import { sayLeft } from './say-left.ts';
import { submit } from './submit.ts';
import { transfer } from './transfer.ts';
import type { Verb } from './verb.ts';
import { withdrawDecision } from './withdraw-decision.ts';

/** Every verb by its kind of request. Handlers are set in this order, which recorded histories know: new ones at the end. */
export const verbs: { [Kind in UpdateKind]: Verb<Kind> } = {
  ready,
  submit,
  decide,
  cancel,
  resend_code: resendCode,
  change,
  withdraw_change: withdrawChange,
  return: sendBack,
  propose_time: proposeTime,
  answer_proposal: answerProposal,
  nudge,
  person_ready: personReady,
  remove_person: removePerson,
  bind_phone: bindPhone,
  revoke,
  transfer,
  decline: transfer,
  withdraw_decision: withdrawDecision,
  add_signer: addSigner,
  remove_signer: removeSigner,
  move_policy: movePolicy,
  return_to_step: returnToStep,
  say_left: sayLeft,
};
