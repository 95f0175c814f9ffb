import type { Request, Response } from 'express';
import type { Knex } from 'knex';
import { type AuditRecord, record } from '../../store/audit/audit.ts';
import type { WebDeps } from '../deps.ts';
import { addressHash } from '../network.ts';

/** Records what a visitor does, with the request's id and address. Give the transaction of what is recorded. */
export async function recordVisitor(
  deps: Pick<WebDeps, 'db' | 'index'>,
  { req, res }: { req: Request; res: Response },
  act: Pick<AuditRecord, 'action' | 'subject' | 'detail'> & { visitor?: string },
  db: Knex = deps.db,
): Promise<void> {
  const { visitor = res.locals.visitor?.id, ...entry } = act;
  await record(db, {
    actor: visitor ? { kind: 'visitor', id: visitor } : { kind: 'anonymous' },
    addressHash: addressHash(deps, req),
    requestId: String(req.id),
    ...entry,
  });
}
