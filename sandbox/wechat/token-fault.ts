import type { Request } from 'express';
import type { Tokens } from './token.ts';

/** What WeChat says of the access token in a call's query; undefined when it is good. */
export function tokenFaultOf(request: Request, tokens: Tokens): [number, string] | undefined {
  const token = request.query.access_token;
  switch (tokens.check(typeof token === 'string' ? token : undefined)) {
    case 'good':
      return undefined;
    case 'missing':
      return [41001, 'access_token missing'];
    case 'expired':
      return [42001, 'access_token expired'];
    case 'unknown':
      return [40001, 'invalid credential, access_token is invalid or not latest'];
  }
}
