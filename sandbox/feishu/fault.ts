import type { Request, Response } from 'express';
import type { FaultMode } from '../faults.ts';
import type { Tokens } from '../wechat/token.ts';
import { type Refusal, refuse } from './answer.ts';

/** How Feishu says it: "服务端错误码说明" (generic-error-code), and "发送消息" (im-v1/message/create). */
const refusals: Partial<Record<FaultMode, Refusal>> = {
  busy: [500, 1500, 'internal error'],
  quota: [429, 99991400, 'request trigger frequency limit'],
  refuse: [400, 230028, 'The messages do NOT pass the audit.'],
  token: [400, 99991663, 'Invalid access token for authorization. Please make a request with token attached.'],
};

/**
 * Ends a call by a fault that was asked for, or because its token is no good.
 * @returns whether it is over: refused, or never to be answered
 */
export function isOver(request: Request, response: Response, mode: FaultMode, tokens: Tokens): boolean {
  if (mode === 'hang') return true;
  const refusal = refusals[mode] ?? problemOfToken(request, tokens);
  if (refusal) refuse(response, refusal);
  return refusal !== undefined;
}

function problemOfToken(request: Request, tokens: Tokens): Refusal | undefined {
  const token = /^Bearer (\S+)$/.exec(request.get('authorization') ?? '')?.[1];
  if (token === undefined) return [400, 99991661, 'Missing access token for authorization.'];
  if (!/^[tu]-/.test(token)) return [400, 99991671, 'Invalid token: must start with t-/u-'];
  return tokens.check(token) === 'good' ? undefined : refusals.token;
}
