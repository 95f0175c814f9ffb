import type { RequestHandler } from 'express';
import { notFound } from '../../platform/errors.ts';
import { dropFilter, keepFilter } from '../../store/approval/inbox-filter.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { addressOf, readView } from './view.ts';

/** Keeps what is looked at, save the day and the ticked tasks, which are soon over. */
export function keepInboxFilter({ db }: WebDeps): RequestHandler {
  return async (req, res) => {
    const address = addressOf({ ...readView(req.body), day: undefined, only: [] });
    if (address !== '') await keepFilter(db, whoIs(res).id, address.slice(1));
    res.redirect(303, `/inbox${address}`);
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
