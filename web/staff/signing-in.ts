import type { Request } from 'express';
import { renewSession } from '../middleware/sessions.ts';
import { deviceOf } from './device.ts';
import './session.ts';

/** A new session of somebody who proved who they are. @param more.provedAt when the second factor was shown, epoch ms */
export function signIn(req: Request, staff: string, more: { provedAt?: number } = {}): Promise<void> {
  return renewSession(req, { staff, device: deviceOf(req.get('user-agent')), ...more });
}
