import type { Request, Response } from 'express';
import type { Knex } from 'knex';
import { type AuditRecord, record } from '../../store/audit/audit.ts';
import type { WebDeps } from '../deps.ts';
import { addressHash } from '../network.ts';
import { whoIs } from './guard.ts';

/** Records what the signed-in staff member does, with the request's id and address. */
export async function recordAct(
  deps: WebDeps,
  req: Request,
  res: Response,
  act: Pick<AuditRecord, 'action' | 'subject' | 'detail'>,
  db: Knex = deps.db,
): Promise<void> {
  await record(db, {
    actor: { kind: 'staff', id: whoIs(res).id },
    addressHash: addressHash(deps, req),
    requestId: String(req.id),
    ...act,
  });
}
