import { type Request, type Response, Router } from 'express';
import { checkDocument } from '../../domain/identity-number.ts';
import { checkPhone } from '../../domain/phone.ts';
import { findNameProblem, normaliseName } from '../../domain/text.ts';
import { tooMany } from '../../platform/errors.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import { askRecovery } from '../../store/people/phone-recovery.ts';
import type { WebDeps } from '../deps.ts';
import { textsOf } from '../form-value.ts';
import { signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';

const names = ['old_phone', 'name', 'document_number'] as const;
type Texts = Record<(typeof names)[number], string>;

const claims = [{ most: 3, seconds: 24 * 3600 }];

/**
 * `/account/recovery`: the old number is lost. Signed in with the new one, a visitor says whose account it was; an office
 * checks the document and decides. The answer is the same whether or not anybody has that number.
 */
export function recoveryRoutes(deps: WebDeps): Router {
  const router = Router();
  router.get('/account/recovery', signedIn, (_req, res) => {
    show(res, { old_phone: '', name: '', document_number: '' }, {});
  });
  router.post('/account/recovery', signedIn, (req, res) => claim(deps, req, res));
  return router;
}

async function claim(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const texts: Texts = textsOf(req.body, names);
  const oldPhone = checkPhone(texts.old_phone);
  const name = normaliseName(texts.name);
  // A number of any kind: what a profile takes as another document covers every kind's numbers.
  const document = checkDocument('other', texts.document_number, Date.now());
  const nameProblem = findNameProblem(name);
  const fields = {
    ...(oldPhone.ok ? {} : { old_phone: oldPhone.problem }),
    ...(nameProblem ? { name: nameProblem } : {}),
    ...(document.ok ? {} : { document_number: document.problem }),
  };
  if (Object.keys(fields).length > 0) return show(res.status(422), texts, fields);

  const { id } = whoVisits(res);
  const key = deps.index.hash('attempt_recovery', id);
  const wait = await takeAttempt(deps.db, [{ kind: 'phone_recovery', key, limits: claims }]);
  if (wait > 0) throw tooMany(wait);
  await deps.db.transaction(async (trx) => {
    const recovery = await askRecovery(trx, deps, id, { oldPhone: oldPhone.phone, name, document: document.number });
    const subject = { kind: 'visitor', id } as const;
    await recordVisitor(deps, { req, res }, { action: 'recovery_asked', subject, detail: { recovery } }, trx);
  });
  res.redirect(303, '/account');
}

function show(res: Response, texts: Texts, fields: Record<string, string>): void {
  res.locals.path = '/account/recovery';
  res.render('account/recovery', { texts, fields });
}
