import type { Request, Response } from 'express';
import type { FaultMode } from '../faults.ts';
import { refuse } from './answer.ts';

type Refusal = [errcode: number, errmsg: string];

/** How WeChat says it, for every call alike. */
const refusals: Partial<Record<FaultMode, Refusal>> = {
  busy: [-1, 'system error'],
  quota: [45009, 'reach max api daily quota limit'],
  refuse: [48001, 'api unauthorized'],
  token: [40001, 'invalid credential, access_token is invalid or not latest'],
};

/**
 * Ends a call before its body is read: by a fault that was asked for, or because the method is not POST.
 * @returns whether it is over: refused, or never to be answered
 */
export function isOver(
  request: Request,
  response: Response,
  mode: FaultMode,
  own: Partial<Record<FaultMode, Refusal>> = {},
): boolean {
  if (mode === 'hang') return true;
  const refusal = own[mode] ?? refusals[mode] ?? (request.method === 'POST' ? undefined : notPost);
  if (refusal) refuse(response, ...refusal);
  return refusal !== undefined;
}

const notPost: Refusal = [43002, 'require POST method'];
