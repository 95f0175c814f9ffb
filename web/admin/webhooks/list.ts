import type { RequestHandler, Response } from 'express';
import { webhookEvents } from '../../../domain/webhook-event.ts';
import { allWebhooks, makeWebhook } from '../../../store/webhooks/webhook.ts';
import type { WebDeps } from '../../deps.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { keepToShow } from '../../staff/shown-once.ts';
import { nameLimit } from '../staff/form.ts';
import { readWebhook, type TypedWebhook, typedWebhook } from './form.ts';

export const path = '/admin/webhooks';
/** A secret that a page shows once. */
export const shownSecret = (id: string): string => `secret of web hook ${id}`;

/** `/admin/webhooks`: which other systems are told what happens to visits. */
export function listWebhooks(deps: WebDeps): RequestHandler {
  return (_req, res) => show(deps, res, { typed: { label: '', url: '', events: [...webhookEvents] }, fields: {} });
}

export function addWebhook(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const typed = typedWebhook(req);
    const form = readWebhook(typed, deps.settings.WEBHOOK_NETWORKS);
    if ('fields' in form) return show(deps, res.status(422), { typed, fields: form.fields });
    const { id, secret } = await deps.db.transaction(async (trx) => {
      const made = await makeWebhook(trx, deps.cipher, { ...form.read, by: whoIs(res).id });
      await recordAct(deps, req, res, { action: 'webhook_made', subject: { kind: 'webhook', id: made.id } }, trx);
      return made;
    });
    await keepToShow(deps, req, shownSecret(id), secret);
    res.redirect(303, `${path}/${id}?saved=made`);
  };
}

async function show(
  { db }: WebDeps,
  res: Response,
  form: { typed: TypedWebhook; fields: Record<string, string> },
): Promise<void> {
  res.locals.path = path;
  res.render('admin/webhooks/list', { webhooks: await allWebhooks(db), events: webhookEvents, nameLimit, ...form });
}
