import { randomUUID } from 'node:crypto';
import type { Response } from 'express';

/** Code 0 and the data; every other code comes with an HTTP error. */
export function answer(response: Response, data: Record<string, unknown>): void {
  response.json({ code: 0, msg: 'success', data });
}

export type Refusal = [status: number, code: number, msg: string];

export function refuse(response: Response, [status, code, msg]: Refusal): void {
  response.status(status).json({ code, msg, error: { log_id: randomUUID().replaceAll('-', '').toUpperCase() } });
}
