import type { Request, RequestHandler, Response } from 'express';
import { notFound } from '../../../platform/errors.ts';
import type { AuditAction } from '../../../store/audit/audit.ts';
import { deliveriesOf, sendAgain } from '../../../store/webhooks/delivery.ts';
import { tellTrial } from '../../../store/webhooks/telling.ts';
import { endWebhook, findWebhook, rotateSecret } from '../../../store/webhooks/webhook.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { isUuid } from '../../is-uuid.ts';
import { recordAct } from '../../staff/recording.ts';
import { keepToShow, takeToShow } from '../../staff/shown-once.ts';
import { path, shownSecret } from './list.ts';

const pageLength = 50;
const saved = ['made', 'stopped', 'secret', 'again', 'tried'];

/** `/admin/webhooks/:id`: what its receiver was told, with every try. */
export function showWebhook(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const webhook = await lookUp(deps, req);
    const before = textOf(req.query, 'before');
    const deliveries = await deliveriesOf(deps.db, webhook.id, {
      most: pageLength + 1,
      ...(isUuid(before) && { before }),
    });
    const shown = deliveries.slice(0, pageLength);
    const did = textOf(req.query, 'saved');
    res.render('admin/webhooks/webhook', {
      webhook,
      deliveries: shown,
      next: deliveries.length > pageLength ? shown.at(-1)?.id : undefined,
      secret: await takeToShow(deps, req, shownSecret(webhook.id)),
      saved: saved.includes(did) ? did : undefined,
    });
  };
}

/** Nothing is told to it any more. */
export const stopWebhook = (deps: WebDeps): RequestHandler =>
  changing(deps, 'webhook_stopped', 'stopped', (trx, id) => endWebhook(trx, id, 'stopped'));

/** Something is sent that tells of nothing, to see whether it arrives. */
export const tryWebhook = (deps: WebDeps): RequestHandler =>
  changing(deps, 'webhook_tried', 'tried', async (trx, id) => {
    const webhook = await findWebhook(trx, id);
    if (!webhook || webhook.ended) return false;
    await tellTrial(trx, id);
    return true;
  });

/** The new secret is shown once; the one before it signs for a day more. */
export function changeSecret(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { id } = await lookUp(deps, req);
    const secret = await deps.db.transaction(async (trx) => {
      const made = await rotateSecret(trx, deps.cipher, id);
      if (made) await recordAct(deps, req, res, actOn('webhook_secret_made', id), trx);
      return made;
    });
    if (secret) await keepToShow(deps, req, shownSecret(id), secret);
    res.redirect(303, secret ? `${path}/${id}?saved=secret` : `${path}/${id}`);
  };
}

export function sendDeliveryAgain(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { id } = await lookUp(deps, req);
    const { delivery } = req.params;
    if (!isUuid(delivery)) throw notFound();
    const again = await deps.db.transaction(async (trx) => {
      const done = await sendAgain(trx, id, delivery);
      if (done) await recordAct(deps, req, res, { ...actOn('webhook_sent_again', id), detail: { delivery } }, trx);
      return done;
    });
    res.redirect(303, again ? `${path}/${id}?saved=again` : `${path}/${id}`);
  };
}

/** Does something to an open web hook, and records it; where it has ended meanwhile, its page says so. */
function changing(
  deps: WebDeps,
  action: AuditAction,
  word: string,
  change: (trx: WebDeps['db'], id: string) => Promise<boolean>,
): RequestHandler {
  return async (req: Request, res: Response) => {
    const { id } = await lookUp(deps, req);
    const done = await deps.db.transaction(async (trx) => {
      const changed = await change(trx, id);
      if (changed) await recordAct(deps, req, res, actOn(action, id), trx);
      return changed;
    });
    res.redirect(303, done ? `${path}/${id}?saved=${word}` : `${path}/${id}`);
  };
}

const actOn = (action: AuditAction, id: string) => ({ action, subject: { kind: 'webhook', id } }) as const;

async function lookUp({ db }: WebDeps, req: Request) {
  const { id } = req.params;
  const webhook = isUuid(id) ? await findWebhook(db, id) : undefined;
  if (!webhook) throw notFound();
  return webhook;
}
