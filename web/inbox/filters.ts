import type { RequestHandler } from 'express';
import { notFound } from '../../platform/errors.ts';
import { dropFilter, keepFilter } from '../../store/approval/inbox-filter.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { keepToShow } from '../staff/shown-once.ts';
import { addressOf, readView } from './view.ts';

/**
 * Leads to the list that the form's fields choose; its second button keeps the choice, save the day, which is soon over.
 * The form is sent by POST, so that the mark in it for whom it was drawn stands in no address.
 */
export function chooseInboxFilter(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const view = { ...readView(req.body), only: [] };
    if (isTicked(req.body, 'keep')) {
      const lasting = addressOf({ ...view, day: undefined });
      if (lasting !== '') await keepFilter(deps.db, whoIs(res).id, lasting.slice(1));
      await keepToShow(
        deps,
        req,
        '/inbox',
        res.locals.t(lasting === '' ? 'inbox.nothing_to_keep' : 'inbox.filter_kept'),
      );
    }
    res.redirect(303, `/inbox${addressOf(view)}`);
  };
}

export function dropInboxFilter({ db }: WebDeps): RequestHandler {
  return async (req, res) => {
    const { id } = req.params;
    if (!isUuid(id)) throw notFound();
    await dropFilter(db, whoIs(res).id, id);
    res.redirect(303, '/inbox');
  };
}
