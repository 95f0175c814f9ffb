import type { Request } from 'express';
import type { SmsText } from '../../domain/sms-templates.ts';
import { type Budget, takeAttempt, wasTried } from '../../store/people/attempt.ts';
import { type CodePurpose, codeMinutes, issueCode, markSent, withdrawCode } from '../../store/people/phone-code.ts';
import type { WebDeps } from '../deps.ts';
import { addressKey } from '../network.ts';
import { codeOwner } from './session.ts';

type Deps = Pick<WebDeps, 'db' | 'index' | 'sms' | 'log'>;

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** How often codes are sent: facts of abuse, not of business. The same for known and unknown phones. */
const limits = {
  phone: [
    { most: 1, seconds: minute },
    { most: 5, seconds: hour },
    { most: 10, seconds: day },
  ],
  // A whole office may share an address.
  address: [
    { most: 30, seconds: hour },
    { most: 100, seconds: day },
  ],
  everybody: [{ most: 3_000, seconds: hour }],
};

/** From the second code on (this browser's, or this phone's within a day) a question has to be answered first. */
export async function needsChallenge({ db, index }: Deps, req: Request, phone: string): Promise<boolean> {
  if (req.session.codesSent) return true;
  return phone !== '' && wasTried(db, 'code_phone', index.hash('attempt_phone', phone), day);
}

/** What the text with the code says that it is for. */
const templates: Record<CodePurpose, 'login' | 'account' | 'guardian'> = {
  login: 'login',
  join: 'login',
  guardian: 'guardian',

  change_phone: 'account',
  unbind: 'account',
  export: 'account',
  erase: 'account',
  elsewhere: 'account',
};

export type Sending =
  | { result: 'sent' }
  /** Seconds until another code may be asked for. */
  | { result: 'limited'; wait: number }
  /** Catalogue key. */
  | { result: 'failed'; problem: string };

/** Why no code is sent for now, as a page says it. @returns catalogue key, and what it needs */
export function limitOf({ wait }: Sending & { result: 'limited' }) {
  const params = { minutes: Math.ceil(wait / 60), seconds: wait };
  return { key: wait > 90 ? 'error.too_many' : 'register.wait', params };
}

/**
 * Sends a code to a well-formed phone. The limits count codes of all purposes together. What comes back does not tell
 * whether the phone is known.
 */
export async function sendCode(
  deps: Deps,
  req: Request,
  phone: string,
  purpose: CodePurpose = 'login',
): Promise<Sending> {
  const { db, index, log } = deps;
  const budgets: Budget[] = [
    { kind: 'code_phone', key: index.hash('attempt_phone', phone), limits: limits.phone },
    { kind: 'code_address', key: addressKey(deps, req), limits: limits.address },
    { kind: 'code_everybody', key: index.hash('attempt_everybody', ''), limits: limits.everybody },
  ];
  const wait = await takeAttempt(db, budgets);
  if (wait > 0) return { result: 'limited', wait };

  const { id, code } = await issueCode(db, index, codeOwner(deps, req, phone, purpose));
  const sent = await sendText(deps, phone, { template: templates[purpose], code, minutes: codeMinutes });
  if (sent.ok) {
    await markSent(db, id);
    return { result: 'sent' };
  }
  // It may have arrived: then it must work.
  if (sent.fault === 'unknown') return { result: 'sent' };
  await withdrawCode(db, id);
  log.warn({ fault: sent.fault, code: sent.code }, 'a code could not be sent');
  if (sent.fault === 'bad_number') return { result: 'failed', problem: 'error.sms_refused' };
  if (sent.fault === 'unreached_country') return { result: 'failed', problem: 'error.sms_country' };
  if (sent.fault === 'limited') return { result: 'failed', problem: 'error.sms_limited' };
  return { result: 'failed', problem: 'error.sms_unavailable' };
}

/**
 * A broken or silent connection does not tell whether the text went, and a person waits for it: one more try, with the
 * same code. Arriving twice, it works all the same. A second answer of another kind says nothing about the first.
 */
async function sendText({ sms, log }: Deps, phone: string, text: SmsText): ReturnType<Deps['sms']['send']> {
  const first = await sms.send(phone, text);
  if (first.ok || first.fault !== 'unknown') return first;
  log.warn({ fault: first.fault, code: first.code }, 'a code may not have been sent; trying again');
  const second = await sms.send(phone, text);
  return second.ok ? second : first;
}
