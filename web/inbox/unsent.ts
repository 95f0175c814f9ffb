import type { Request } from 'express';
import { textsOf } from '../form-value.ts';

/** Names of what somebody writes in the forms of a task. */
const written = [
  'reason',
  'return_reason',
  'step_reason',
  'propose_note',
  'transfer_reason',
  'decline_reason',
  'withdraw_reason',
  'signer_reason',
  'comment_text',
  'revocation_text',
] as const;

/** What was written in a form that came too late: its page shows it, so that it can be used elsewhere. '' for nothing. */
export const unsentIn = ({ body }: Request): string =>
  Object.values(textsOf(body, written)).find((text) => text.trim() !== '') ?? '';
