import { setTimeout as wait } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { actionOf } from '../../domain/request.ts';
import { AppError } from '../../platform/errors.ts';
import { isPhoneKey } from '../../platform/signing.ts';
import { record } from '../../store/audit/audit.ts';
import { findPass, type Pass } from '../../store/passes/pass.ts';
import { bindingsToday, findBinding, keepBinding } from '../../store/passes/phone-binding.ts';
import { lockReservation } from '../../store/reservations/lock.ts';
import { endTelling } from '../../store/reservations/refusal.ts';
import { keepRequest } from '../../store/reservations/request.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked, textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { addressHash } from '../network.ts';
import { askerOf } from './refused.ts';
import { mustSeeLive } from './visible.ts';

/** Phones that one asker may bind a pass to in a day; further ones show what the server renews, or paper. */
const mostBindings = 5;

interface BindingRequest {
  request: string;
  publicKey: Buffer;
  /** The holder tapped for it, and has read that paper of the pass ends with it. */
  anyway: boolean;
}

/**
 * `POST /passes/:id/bindings`, by web/public/pass.js: `key`, the phone's compressed P-256 point in base64, and `request`,
 * a uuid that stays the same until it is answered; `anyway`, where it was tapped for. 201: the newest version is this
 * phone's. 202: kept and in progress. 409 `printed`: there is paper of the pass, which a phone ends only where it is tapped
 * for. Anything else: this phone goes on without.
 */
export function bindPass(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { pass } = await mustSeeLive(deps, req);
    const wish = readBindingRequest(req);
    if (!wish) throw new AppError('bad_request', { status: 422 });
    const kept = await keepWish(deps, req, pass, wish);
    if (kept === 'too_many') return answer(res, 429, { code: kept });
    if (kept === 'printed') return answer(res, 409, { code: kept });
    const delivered = await deps.delivery.deliver(wish.request);
    if (delivered.status === 'answered' && !delivered.answer.ok) {
      // A phone that asks by itself goes on without; the person who tapped reads why on the page.
      if (!wish.anyway) await endTelling(deps.db, wish.request);
      return answer(res, 409, { code: delivered.answer.code });
    }
    answer(res, (await isMade(deps, pass.id, wish.request)) ? 201 : 202, {});
  };
}

function readBindingRequest(req: Request): BindingRequest | undefined {
  const request = textOf(req.body, 'request');
  const publicKey = Buffer.from(textOf(req.body, 'key'), 'base64');
  const anyway = isTicked(req.body, 'anyway');
  return isUuid(request) && isPhoneKey(publicKey) ? { request, publicKey, anyway } : undefined;
}

/** The phone's key and the request in one transaction; the same request again changes nothing. */
function keepWish(
  deps: WebDeps,
  req: Request,
  pass: Pass,
  { request, publicKey, anyway }: BindingRequest,
): Promise<'kept' | 'too_many' | 'printed'> {
  const visitor = req.session.visitor ?? null;
  return deps.db.transaction(async (trx) => {
    await lockReservation(trx, pass.reservation);
    const earlier = await findBinding(trx, request);
    if (earlier) {
      const same = earlier.pass === pass.id && publicKey.equals(earlier.publicKey) && earlier.visitor === visitor;
      if (!same) throw new AppError('repeated', { status: 409 });
      return 'kept';
    }
    if (!anyway && (await findPass(trx, pass.id))?.printedAt) return 'printed';
    if ((await bindingsToday(trx, pass.id, visitor)) >= mostBindings) return 'too_many';
    const { id, reservation, ordinal } = pass;
    await keepBinding(trx, { id: request, pass: id, reservation, ordinal, publicKey, visitor });
    await keepRequest(trx, {
      id: request,
      reservation,
      kind: 'bind_phone',
      actor: askerOf(req, pass),
      payload: { pass: id, ordinal, binding: request },
    });
    await record(trx, {
      actor: visitor ? { kind: 'visitor', id: visitor } : { kind: 'anonymous' },
      action: actionOf('bind_phone'),
      subject: { kind: 'reservation', id: reservation },
      detail: { pass: id, binding: request },
      addressHash: addressHash(deps, req),
      requestId: String(req.id),
    });
    return 'kept';
  });
}

/** The pass is signed beside the answer: usually there at once. */
async function isMade({ db }: WebDeps, pass: string, binding: string): Promise<boolean> {
  for (let tries = 0; tries < 10; tries += 1) {
    if ((await findPass(db, pass))?.binding === binding) return true;
    await wait(100);
  }
  return false;
}

function answer(res: Response, status: number, body: object): void {
  res.status(status).json(body);
}
