import { randomBytes } from 'node:crypto';
import type { Response } from 'express';

/** WeChat answers errors with HTTP 200, and JSON as `text/plain`. */
export function answer(response: Response, json: string | Record<string, unknown>): void {
  response
    .status(200)
    .type('text/plain')
    .send(typeof json === 'string' ? json : JSON.stringify(json));
}

export function refuse(response: Response, errcode: number, errmsg: string): void {
  answer(response, {
    errcode,
    errmsg: `${errmsg}, rid: ${randomBytes(4).toString('hex')}-${randomBytes(4).toString('hex')}`,
  });
}
