import { randomUUID } from 'node:crypto';
import type { Response } from 'express';

export type Refusal = [status: number, code: string, message: string];

/** An HTTP error, with a code in words. */
export function refuse(response: Response, [status, code, message]: Refusal): void {
  response.status(status).json({ code, message, requestid: randomUUID().toUpperCase() });
}
