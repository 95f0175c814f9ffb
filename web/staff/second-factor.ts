import { type Request, type RequestHandler, type Response, Router } from 'express';
import QRCode from 'qrcode';
import { base32, totpUri } from '../../platform/totp.ts';
import {
  beginSecondFactor,
  confirmSecondFactor,
  dropSecondFactor,
  findSecondFactor,
  renewRecoveryCodes,
} from '../../store/staff/second-factor.ts';
import type { WebDeps } from '../deps.ts';
import { codeTyped } from '../form-value.ts';
import { checkCode, takeCodeTry } from './code.ts';
import { needsSecondFactor } from './due.ts';
import { navigation, staffOnly, whoIs } from './guard.ts';
import { recordAct } from './recording.ts';
import { keepToShow, takeToShow } from './shown-once.ts';

const page = '/staff/second-factor';
/** What is shown once there. */
const codesOf = (staff: string) => `recovery codes of ${staff}`;

/** An authenticator's app as the second factor: set up, its recovery codes made anew, and taken away. */
export function secondFactorRoutes(deps: WebDeps): Router {
  const { db, cipher } = deps;
  const router = Router();
  const own: RequestHandler[] = [staffOnly, navigation(deps)];

  router.get(page, own, async (req: Request, res: Response) => {
    const codes = await takeToShow(deps, req, codesOf(whoIs(res).id));
    await show(deps, res, { codes: codes?.split(' ') });
  });

  router.post(page, own, async (_req: Request, res: Response) => {
    await beginSecondFactor(db, cipher, whoIs(res).id);
    res.redirect(303, page);
  });

  router.post(`${page}/confirmation`, own, async (req: Request, res: Response) => {
    await takeCodeTry(deps, req, whoIs(res).id);
    const code = codeTyped(req.body);
    const codes = await db.transaction(async (trx) => {
      const staff = whoIs(res).id;
      const made = await confirmSecondFactor({ ...deps, trx, staff }, code, new Date());
      if (made) await recordFactor(deps, req, res, 'staff_second_factor_set', trx);
      return made;
    });
    if (!codes)
      return show(deps, res.status(422), {
        fields: { code: code === '' ? 'field.code_empty' : 'field.app_code_wrong' },
      });
    req.session.provedAt = Date.now();
    await showCodes(req, res, codes);
  });

  router.post(`${page}/recovery-codes`, own, async (req: Request, res: Response) => {
    const wrong = await checkCode(deps, req, whoIs(res).id);
    if (wrong) return show(deps, res.status(422), { fields: { code: wrong } });
    const codes = await db.transaction(async (trx) => {
      await recordFactor(deps, req, res, 'staff_recovery_codes_made', trx);
      return renewRecoveryCodes({ trx, index: deps.index, staff: whoIs(res).id });
    });
    await showCodes(req, res, codes);
  });

  router.post(`${page}/removal`, own, async (req: Request, res: Response) => {
    const wrong = await checkCode(deps, req, whoIs(res).id);
    if (wrong) return show(deps, res.status(422), { fields: { code: wrong } });
    await db.transaction(async (trx) => {
      await dropSecondFactor(trx, whoIs(res).id);
      await recordFactor(deps, req, res, 'staff_second_factor_removed', trx);
    });
    res.redirect(303, page);
  });

  async function showCodes(req: Request, res: Response, codes: string[]): Promise<void> {
    await keepToShow(deps, req, codesOf(whoIs(res).id), codes.join(' '));
    res.redirect(303, page);
  }
  return router;
}

type FactorAction = 'staff_second_factor_set' | 'staff_recovery_codes_made' | 'staff_second_factor_removed';

function recordFactor(deps: WebDeps, req: Request, res: Response, action: FactorAction, trx: WebDeps['db']) {
  return recordAct(deps, req, res, { action, subject: { kind: 'staff', id: whoIs(res).id } }, trx);
}

async function show(
  { db, cipher, settings }: WebDeps,
  res: Response,
  { codes, fields = {} }: { codes?: string[] | undefined; fields?: Record<string, string> },
): Promise<void> {
  const staff = whoIs(res);
  const factor = await findSecondFactor(db, cipher, staff.id);
  const issuer: string = res.locals.university.name.en;
  const { secret } = factor ?? {};
  res.locals.path = page;
  res.render('staff/second-factor', {
    fields,
    codes,
    needed: needsSecondFactor(settings, staff),
    confirmedAt: factor?.confirmedAt ?? null,
    codesLeft: factor?.codesLeft ?? 0,
    typedByHand: secret && (base32(secret).match(/.{1,4}/g) ?? []).join(' '),
    qr:
      secret &&
      (await QRCode.toString(totpUri(secret, { issuer, account: staff.username }), { type: 'svg', margin: 2 })),
  });
}
