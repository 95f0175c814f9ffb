import { type Request, type Response, Router } from 'express';
import type { Knex } from 'knex';
import { checkPlate, mostPlates, normalisePlate } from '../../domain/plate.ts';
import { lockAccount } from '../../store/people/account-lock.ts';
import { findPerson, platesOf, savePerson, withPlates } from '../../store/people/person.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked, textOf } from '../form-value.ts';
import { agreed, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';

/** 我的车牌: the plates that a form of a visit offers. A plate is never part of an address. */
export function plateRoutes(deps: WebDeps): Router {
  const router = Router();
  const known: typeof signedIn = (_req, res, next) => (whoVisits(res).person ? next() : res.redirect(303, '/profile'));

  router.get('/profile/plates', signedIn, agreed, known, (_req, res) => show(deps, res));

  router.post('/profile/plates', signedIn, agreed, known, async (req, res) => {
    const typed = textOf(req.body, 'plate');
    const special = isTicked(req.body, 'plate_special');
    const checked = checkPlate(typed, special);
    const problem = await change(deps, { req, res }, (plates) => {
      if (!checked.ok) return checked.problem;
      if (checked.plate === '') return 'field.plate_empty';
      if (plates.includes(checked.plate)) return 'field.plate_known';
      return plates.length >= mostPlates ? 'field.plate_full' : [...plates, checked.plate];
    });
    if (!problem) return res.redirect(303, '/profile/plates');
    await show(deps, res.status(422), { plate: typed, special, problem });
  });

  router.post('/profile/plates/removal', signedIn, agreed, known, async (req, res) => {
    const plate = normalisePlate(textOf(req.body, 'plate'));
    await change(deps, { req, res }, (plates) => plates.filter((one) => one !== plate));
    res.redirect(303, '/profile/plates');
  });

  router.post('/profile/plates/usual', signedIn, agreed, known, async (req, res) => {
    const plate = normalisePlate(textOf(req.body, 'plate'));
    await change(deps, { req, res }, (plates) =>
      plates.includes(plate) ? [plate, ...plates.filter((one) => one !== plate)] : plates,
    );
    res.redirect(303, '/profile/plates');
  });
  return router;
}

/** @param edit the plates as they become, or the catalogue key of why they cannot. @returns that key */
async function change(
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  edit: (plates: string[]) => string[] | string,
): Promise<string | undefined> {
  const { id: visitor } = whoVisits(exchange.res);
  return deps.db.transaction(async (trx: Knex) => {
    await lockAccount(trx, visitor);
    const person = await findPerson(trx, deps.cipher, visitor);
    if (!person) return undefined;
    const plates = platesOf(person);
    const edited = edit(plates);
    if (typeof edited === 'string') return edited;
    // A plate that is not in the list is gone already: that makes no new version of the person.
    if (edited.join() === plates.join()) return undefined;
    const saved = await savePerson(trx, deps, visitor, withPlates(person, edited));
    await recordVisitor(
      deps,
      exchange,
      { action: 'profile_saved', subject: { kind: 'person', id: saved.id }, detail: { version: saved.version } },
      trx,
    );
    return undefined;
  });
}

async function show(
  { db, cipher }: WebDeps,
  res: Response,
  typed: { plate?: string; special?: boolean; problem?: string } = {},
): Promise<void> {
  const plates = platesOf(await findPerson(db, cipher, whoVisits(res).id));
  res.locals.path = '/profile/plates';
  res.render('profile/plates', { plates, most: mostPlates, typed });
}
