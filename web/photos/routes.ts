import { type Request, type Response, Router } from 'express';
import type { Knex } from 'knex';
import { needsGuardian } from '../../domain/age.ts';
import { AppError, notFound, tooMany } from '../../platform/errors.ts';
import { drawAnew, mostBytes, type Photograph } from '../../platform/photograph.ts';
import { findParty } from '../../store/companions/chosen-party.ts';
import { currentNotice, findCurrentNotice, type Notice } from '../../store/content/notice.ts';
import { lockActiveAccount } from '../../store/people/account-lock.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import { giveConsent, withdrawConsents } from '../../store/people/consent.ts';
import { findPerson } from '../../store/people/person.ts';
import {
  type PhotoKind,
  photoKinds,
  photosOf,
  readOwnPhoto,
  removePhoto,
  savePhoto,
} from '../../store/people/photo.ts';
import { formPath } from '../companions/for-change.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { multipart } from '../multipart.ts';
import { agreed, channelOf, complete, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { sendPhoto } from './sending.ts';

/** 证件照片 and 人脸: one page, a section and an agreement each. */
export function photoRoutes(deps: WebDeps): Router {
  const { db, cipher } = deps;
  const router = Router();

  router.get('/profile/photos', signedIn, agreed, complete, (_req, res) => showPhotos(deps, res));

  router.get('/profile/photos/:kind', signedIn, agreed, async (req, res) => {
    const jpeg = await readOwnPhoto(db, cipher, whoVisits(res).id, kindOf(req));
    if (!jpeg) throw notFound();
    sendPhoto(res, jpeg);
  });

  // No photograph of a child is taken before a guardian has agreed (PIPL art. 31).
  router.post(
    '/profile/photos/:kind',
    signedIn,
    agreed,
    complete,
    multipart({ field: 'photo', mostBytes }),
    (req: Request, res: Response) => upload(deps, req, res),
  );

  router.post('/profile/photos/:kind/removal', signedIn, agreed, async (req, res) => {
    const kind = kindOf(req);
    await db.transaction((trx) => remove(deps, { req, res }, trx, kind));
    res.redirect(303, `/profile/photos?removed=${kind}${ofForm(req)}#${kind}`);
  });
  return router;
}

/** Each try decodes an image: not more often than somebody with a bad camera needs. */
const tries = [
  { most: 20, seconds: 3600 },
  { most: 60, seconds: 24 * 3600 },
];

async function upload(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db, index } = deps;
  const kind = kindOf(req);
  const { id: visitor } = whoVisits(res);
  const wait = await takeAttempt(db, [{ kind: 'photo', key: index.hash('attempt_photo', visitor), limits: tries }]);
  if (wait > 0) throw tooMany(wait);

  const drawn = await drawnOf(req);
  if (!drawn.ok) {
    return showPhotos(deps, res.status(drawn.problem === 'field.photo_large' ? 413 : 422), {
      problem: { kind, key: drawn.problem },
      keep: isTicked(req.body, 'keep'),
    });
  }
  await db.transaction((trx) => keep(deps, { req, res }, trx, kind, drawn));
  res.redirect(303, `/profile/photos?saved=${kind}${ofForm(req)}#${kind}`);
}

async function drawnOf(req: Request): Promise<Photograph> {
  if (!req.upload) return { ok: false, problem: 'field.photo_empty' };
  return 'tooLarge' in req.upload ? { ok: false, problem: 'field.photo_large' } : drawAnew(req.upload.bytes);
}

/** The photograph with its agreements: the face has one of its own, and keeping for next time another (PIPL art. 29). */
async function keep(
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  trx: Knex,
  kind: PhotoKind,
  drawn: Extract<Photograph, { ok: true }>,
): Promise<void> {
  const { req, res } = exchange;
  const { id: visitor, consent: agreement } = whoVisits(res);
  const channel = channelOf(req);
  await lockActiveAccount(trx, visitor);
  const person = await findPerson(trx, deps.cipher, visitor);
  // Corrected into a child, or the guardian withdrew, while this was on its way.
  if (!person || needsGuardian(person)) throw new AppError('conflict', { status: 409 });
  const notice = await currentNotice(trx, kind === 'face' ? 'face' : 'filling');
  // A newer text was published while this one was read.
  if (kind === 'face' && !isTicked(req.body, 'notice', notice.id)) throw new AppError('conflict', { status: 409 });
  const consent = kind === 'face' ? await giveConsent(trx, { visitor, notice, purpose: 'face', channel }) : agreement;
  if (!consent) throw new AppError('consent_needed', { status: 403 });
  const forNextTime = isTicked(req.body, 'keep');
  if (forNextTime) await giveConsent(trx, { visitor, notice, purpose: 'keep_photo', channel });
  else await withdrawConsents(trx, { visitor, purpose: 'keep_photo', notice: notice.kind });
  const { jpeg, width, height } = drawn;
  const photo = await savePhoto(trx, deps.cipher, {
    visitor,
    kind,
    jpeg,
    width,
    height,
    consent,
    keep: forNextTime,
  });
  if (kind === 'face') await recordConsent(deps, exchange, trx, 'consent_given', notice);
  await recordVisitor(
    deps,
    exchange,
    { action: 'photo_saved', subject: { kind: 'visitor', id: visitor }, detail: { photo, kind, keep: forNextTime } },
    trx,
  );
}

/** Gone at once. To delete the face is to withdraw what was agreed about it. */
async function remove(
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  trx: Knex,
  kind: PhotoKind,
): Promise<void> {
  const { id: visitor } = whoVisits(exchange.res);
  const removed = await removePhoto(trx, visitor, kind);
  const noticeKind = kind === 'face' ? 'face' : 'filling';
  await withdrawConsents(trx, { visitor, purpose: 'keep_photo', notice: noticeKind });
  const ended = kind === 'face' ? await withdrawConsents(trx, { visitor, purpose: 'face' }) : 0;
  if (ended > 0) await recordConsent(deps, exchange, trx, 'consent_withdrawn', await currentNotice(trx, 'face'));
  if (!removed) return;
  await recordVisitor(
    deps,
    exchange,
    { action: 'photo_removed', subject: { kind: 'visitor', id: visitor }, detail: { photo: removed, kind } },
    trx,
  );
}

async function recordConsent(
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  trx: Knex,
  action: 'consent_given' | 'consent_withdrawn',
  notice: Notice,
): Promise<void> {
  await recordVisitor(deps, exchange, { action, subject: { kind: 'notice', id: notice.id } }, trx);
}

interface PhotosPage {
  problem?: { kind: PhotoKind; key: string };
  keep?: boolean;
}

async function showPhotos(deps: WebDeps, res: Response, page: PhotosPage = {}): Promise<void> {
  const { id } = whoVisits(res);
  const [photos, face] = await Promise.all([photosOf(deps.reads, id), findCurrentNotice(deps.db, 'face')]);
  const { party: named } = res.req.query;
  const party = isUuid(named) ? await findParty(deps.db, deps.cipher, id, named) : undefined;
  const query = party ? `?party=${party.id}` : '';
  res.locals.path = `/profile/photos${query}`;
  res.render('photos/photos', {
    kinds: photoKinds.filter((kind) => kind !== 'face' || face),
    photos: Object.fromEntries(photos.map((photo) => [photo.kind, photo])),
    notice: face,
    problem: page.problem,
    keep: page.keep ?? false,
    done: doneOf(res.req.query),

    query,
    back: party ? formPath(party) : '/profile',
  });
}

/** The form that was left for this page, so that it leads back there: in the address, since a file has no other text. */
const ofForm = ({ query: { party } }: Request): string => (isUuid(party) ? `&party=${party}` : '');

/** The act that was just done, as the address of the page says. */
function doneOf(query: Request['query']): { kind: PhotoKind; words: string } | undefined {
  const find = (value: unknown) => photoKinds.find((kind) => kind === value);
  const [saved, removed] = [find(query.saved), find(query.removed)];
  if (saved) return { kind: saved, words: 'photos.done' };
  return removed && { kind: removed, words: removed === 'face' ? 'photos.withdrawn' : 'photos.removed' };
}

function kindOf(req: Request): PhotoKind {
  const kind = photoKinds.find((known) => known === req.params.kind);
  if (!kind) throw notFound();
  return kind;
}
