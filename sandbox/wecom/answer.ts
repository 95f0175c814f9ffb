import { randomBytes } from 'node:crypto';
import type { Response } from 'express';

export type WecomRefusal = [errcode: number, errmsg: string];

/** 企业微信 answers errors with HTTP 200. */
export function refuse(response: Response, [errcode, errmsg]: WecomRefusal): void {
  response.json({ errcode, errmsg: `${errmsg}, hint: [${randomBytes(8).toString('hex')}], from ip: 127.0.0.1` });
}
