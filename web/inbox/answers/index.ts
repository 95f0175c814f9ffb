import { addSigner } from './add-signer.ts';
import { decide } from './decide.ts';
import { decline } from './decline.ts';
import { proposeTime } from './propose-time.ts';
import { removeSigner } from './remove-signer.ts';
import { sendBack } from './return.ts';
import { returnToStep } from './return-to-step.ts';
import { transfer } from './transfer.ts';
import type { TaskVerb } from './verb.ts';
import { withdrawDecision } from './withdraw-decision.ts';

/** Every answer to a task, in the order in which its page offers them. */
export const answers: TaskVerb[] = [
  decide,
  sendBack,
  returnToStep,
  proposeTime,
  addSigner,
  removeSigner,
  transfer,
  decline,
  withdrawDecision,
];
