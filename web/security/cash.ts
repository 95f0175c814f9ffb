import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { yuan } from '../../domain/fee.ts';
import type { CashEnd } from '../../domain/gate-cash.ts';
import { cashNote } from '../../domain/gate-cash.ts';
import { notFound } from '../../platform/errors.ts';
import type { InspectedReservation } from '../../store/office/inspection.ts';
import { cashDueOf, noteCash } from '../../store/payments/cash.ts';
import { payOut, refundsOf } from '../../store/payments/refund.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { afterCash } from '../payment/cash.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';

/** Money at the desk: a fee that is paid in cash, and cash that goes back. */

export type DeskVisit = (req: Request, res: Response) => Promise<InspectedReservation>;
export type ShowAgain = (res: Response, visit: InspectedReservation, refusal: string) => Promise<void>;

/** For the page of a visit; undefined where there is nothing to take and nothing to pay out. */
export async function deskMoney({ db }: WebDeps, reservation: string) {
  const [due, refunds] = await Promise.all([cashDueOf(db, reservation), refundsOf(db, reservation)]);
  const waiting = refunds.filter(({ status, doneAt }) => status === 'counter' && doneAt === null);
  if (!due && waiting.length === 0) return undefined;
  return { due, key: randomUUID(), refunds: waiting.map(({ id, amount }) => ({ id, amount })), yuan };
}

/** `POST /security/visits/:id/cash`: what was taken at the desk. */
export function takeCashAtDesk(deps: WebDeps, visitOf: DeskVisit, showAgain: ShowAgain): RequestHandler {
  return async (req, res) => {
    const visit = await visitOf(req, res);
    const cash = cashNote.safeParse({
      id: textOf(req.body, 'key'),
      reservation: visit.id,
      amount: Number(textOf(req.body, 'amount')),
      guard: whoIs(res).id,
    }).data;
    const { campus } = visit;
    if (!cash || !campus) throw notFound();
    const end = await deps.db.transaction(async (trx): Promise<CashEnd> => {
      const noted = await noteCash(trx, { ...cash, campus });
      if (noted.isNew) {
        await recordAct(
          deps,
          req,
          res,
          {
            action: 'cash_noted',
            subject: { kind: 'reservation', id: visit.id },
            detail: { order: cash.id, amount: cash.amount },
          },
          trx,
        );
      }
      return noted.end;
    });
    if (end !== 'noted') {
      return showAgain(res.status(409), await visitOf(req, res), res.locals.t(`security.cash_end.${end}`));
    }
    afterCash(deps, visit.id);
    res.redirect(303, `/security/visits/${visit.id}`);
  };
}

/** `POST /security/visits/:id/payouts`: cash that the visitor has back. */
export function payOutAtDesk(deps: WebDeps, visitOf: DeskVisit): RequestHandler {
  return async (req, res) => {
    const { id: reservation } = await visitOf(req, res);
    const id = textOf(req.body, 'refund');
    const own = (await refundsOf(deps.db, reservation)).find((refund) => isUuid(id) && refund.id === id);
    if (own?.status !== 'counter') throw notFound();
    await deps.db.transaction(async (trx) => {
      const paid = await payOut(trx, { refund: id, by: whoIs(res).id });
      if (paid) await recordAct(deps, req, res, { action: 'refund_paid_out', subject: { kind: 'refund', id } }, trx);
    });
    res.redirect(303, `/security/visits/${reservation}`);
  };
}
