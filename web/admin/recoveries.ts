import type { RequestHandler, Response } from 'express';
import { maskDocument, maskPhone } from '../../domain/masking.ts';
import { decideRecovery, openRecoveries } from '../../store/people/phone-recovery.ts';
import type { WebDeps } from '../deps.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { takeVerdict, type WrongVerdict } from './verdict.ts';

/** `/admin/recoveries`: lost numbers. The office sees the document in its hand; the page says whether the claim agrees. */
export function showRecoveries(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    await recordAct(deps, req, res, { action: 'recovery_viewed', subject: { kind: 'list', id: 'recoveries' } });
    await show(deps, res);
  };
}

/** `POST /admin/recoveries/:id/decision`: how the document was checked stands in the note. */
export function decideOnRecovery(deps: WebDeps): RequestHandler {
  return takeVerdict('/admin/recoveries', {
    verdicts: ['approved', 'refused'],
    show: (res, wrong) => show(deps, res, wrong),
    async decide({ id, verdict, note }, req, res) {
      const approve = verdict === 'approved';
      const requests = await deps.db.transaction(async (trx) => {
        const decided = await decideRecovery(trx, deps, { id, staff: whoIs(res).id, approve, note });
        const act = {
          action: approve ? 'recovery_approved' : 'recovery_refused',
          subject: { kind: 'visitor', id: decided.account ?? decided.visitor },
          detail: { recovery: id, from: decided.visitor },
        } as const;
        await recordAct(deps, req, res, act, trx);
        return decided.requests;
      });
      await Promise.all(requests.map((request) => deps.delivery.deliver(request, 1_500)));
    },
  });
}

async function show(deps: WebDeps, res: Response, wrong?: WrongVerdict): Promise<void> {
  const recoveries = await openRecoveries(deps.db, deps);
  res.locals.path = '/admin/recoveries';
  res.render('admin/recoveries', { recoveries, wrong, mask: { phone: maskPhone, document: maskDocument } });
}
