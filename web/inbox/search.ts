import type { RequestHandler } from 'express';
import { normaliseLine } from '../../domain/text.ts';
import { inboxLines } from '../../store/approval/inbox.ts';
import { nameKey, phoneTail } from '../../store/reservations/search-key.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { nameLines } from './lines.ts';

/** Of each: what waits and what is done. */
const most = 50;

/**
 * By a visitor's whole name or the end of a phone number, among the tasks that one may act on: posted, answered at once, never
 * part of an address, and kept in the audit without the word.
 */
export function searchInbox(deps: WebDeps): RequestHandler {
  const { index } = deps;
  return async (req, res) => {
    const term = normaliseLine(textOf(req.body, 'term')).slice(0, 64);
    if (term === '') return res.redirect(303, '/inbox');
    const byPhone = /^\+?[\d\s()-]{4,20}$/.test(term);
    const people = {
      names: byPhone ? [] : index.every('name', nameKey(term)),
      tails: byPhone ? index.every('phone_tail', phoneTail(term)) : [],
    };
    const staff = whoIs(res).id;
    const found = async (tab: 'waiting' | 'done') =>
      inboxLines(deps, staff, { tab, sort: 'due', people }, { limit: most });
    const [waiting, done] = await Promise.all([found('waiting'), found('done')]);
    await recordAct(deps, req, res, {
      action: 'inbox_searched',
      subject: { kind: 'list', id: 'inbox' },
      detail: { by: byPhone ? 'phone_tail' : 'name', found: waiting.length + done.length },
    });
    res.locals.path = '/inbox';
    res.render('inbox/found', {
      term,
      waiting: await nameLines(deps, staff, waiting),
      done: await nameLines(deps, staff, done),
      most,
    });
  };
}
