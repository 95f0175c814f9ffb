import type { Request, Response } from 'express';
import type { FaultMode } from '../faults.ts';
import type { Tokens } from '../wechat/token.ts';
import { type Refusal, refuse } from './answer.ts';

/** How DingTalk says it: "服务端 API 错误码" (server-api-error-codes-1), and the lists under the calls themselves. */
const refusals: Partial<Record<FaultMode, Refusal>> = {
  busy: [500, 'system.busy', 'system.busy'],
  quota: [403, 'Forbidden.AccessDenied.QpsLimitForAppkeyAndApi', '请求过于频繁'],
  refuse: [400, 'param.contentUnsafe', 'param.contentUnsafe'],
  token: [400, 'InvalidAuthentication', '不合法的access_token'],
};

/**
 * Ends a call by a fault that was asked for, or because its token is no good.
 * @returns whether it is over: refused, or never to be answered
 */
export function isOver(request: Request, response: Response, mode: FaultMode, tokens: Tokens): boolean {
  if (mode === 'hang') return true;
  const good = tokens.check(request.get('x-acs-dingtalk-access-token')) === 'good';
  const refusal = refusals[mode] ?? (good ? undefined : refusals.token);
  if (refusal) refuse(response, refusal);
  return refusal !== undefined;
}
