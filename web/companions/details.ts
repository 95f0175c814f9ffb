import { type Request, type Response, Router } from 'express';
import { documentTypes } from '../../domain/identity-number.ts';
import {
  addCompanion,
  type CompanionDetails,
  changeCompanion,
  declareAgreed,
  isInBook,
} from '../../store/companions/book-entry.ts';
import { hasRoom } from '../../store/companions/book-room.ts';
import { chooseCompanions, findParty } from '../../store/companions/chosen-party.ts';
import { type Companion, findCompanion } from '../../store/companions/companion.ts';
import { announceReady } from '../../store/companions/companion-ready.ts';
import { currentNotice } from '../../store/content/notice.ts';
import { lockActiveAccount } from '../../store/people/account-lock.ts';
import { findPerson } from '../../store/people/person.ts';
import { readPhone } from '../../store/people/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked, textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { takeKept } from '../kept-form/keeping.ts';
import type { PersonTexts } from '../profile/person-form.ts';
import { asksOtherDocument, personTexts, readPerson, readPersonTexts } from '../profile/person-form.ts';
import { agreed, channelOf, complete, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { bookPath, ownCompanion } from './book.ts';

/** 完善同行人员信息: of somebody without a phone, typed by the lead, who declares that they agreed. */
export function detailRoutes(deps: WebDeps): Router {
  const router = Router();

  router.get('/companions/new', signedIn, agreed, complete, async (req, res) => {
    const kept = await takeKept(deps, req, res, '/companions');
    const texts = kept ? readPersonTexts(kept) : personTexts(undefined, '');
    await show(deps, res, { texts, party: String(req.query.party ?? '') });
  });
  router.post('/companions', signedIn, agreed, complete, (req, res) => save(deps, req, res));

  router.get('/companions/:id', signedIn, agreed, complete, async (req, res) => {
    const companion = await ownCompanion(deps, res, req.params.id);
    // For a person who writes their own details, the lead corrects the invitation.
    if (companion.kind !== 'declared') return res.redirect(303, `/companions/${companion.id}/invitation`);
    const kept = await takeKept(deps, req, res, `/companions/${companion.id}`);
    const texts = kept ? readPersonTexts(kept) : textsOf(companion);
    await show(deps, res, { companion, texts, party: String(req.query.party ?? '') });
  });
  router.post('/companions/:id', signedIn, agreed, complete, async (req, res) => {
    await save(deps, req, res, await ownCompanion(deps, res, req.params.id));
  });
  return router;
}

async function save(deps: WebDeps, req: Request, res: Response, companion?: Companion): Promise<void> {
  const { db } = deps;
  const lead = whoVisits(res).id;
  const party = textOf(req.body, 'party');
  const texts = readPersonTexts(req.body);
  if (asksOtherDocument(req.body)) return show(deps, res, { companion, texts, party });
  // A person who has joined, or was invited, writes their own details: the lead corrects name and phone by another invitation.
  if (companion && companion.kind !== 'declared') return res.redirect(303, bookPath(party));
  const notice = await currentNotice(db, 'companion');
  const read = await readDetails(deps, lead, texts, companion);
  if (!isTicked(req.body, 'declared', notice.id)) read.fields.declared = 'field.declaration_needed';
  const { details } = read;
  if (!details || Object.keys(read.fields).length > 0) {
    return show(deps, res.status(422), { companion, texts, party, fields: read.fields });
  }
  const kept = await db.transaction(async (trx) => {
    if (companion) await lockActiveAccount(trx, lead);
    else if (!(await hasRoom(trx, lead))) return 'full';
    const id = companion?.id ?? (await addCompanion(trx, deps, lead, details));
    if (!id) return undefined;
    if (companion) await changeCompanion(trx, deps, companion, details);
    await declareAgreed(trx, { lead, companion: id, notice, channel: channelOf(req) });
    const subject = { kind: 'companion', id } as const;
    const action = companion ? 'companion_changed' : 'companion_added';
    await recordVisitor(deps, { req, res }, { action, subject }, trx);
    if (!companion) await tick(deps, trx, lead, party, id);
    const requests = await announceReady(trx, deps, { lead, companion: id }, { kind: 'visitor', id: lead });
    return { id, requests };
  });
  if (!kept || kept === 'full') {
    const fields: Record<string, string> = kept ? { name: 'field.book_full' } : { phone: 'field.companion_known' };
    return show(deps, res.status(422), { companion, texts, party, fields });
  }
  await Promise.all(kept.requests.map((request) => deps.delivery.deliver(request, 1_500)));
  const saved = await findCompanion(db, deps.cipher, { lead, id: kept.id });
  const back = isUuid(party) ? `&party=${party}` : '';
  if (saved?.state === 'guardian') return res.redirect(303, `/guardians/new?for=${kept.id}${back}`);
  res.redirect(303, bookPath(party));
}

/** A companion who was added for a form is ticked for it. */
export async function tick(
  { cipher }: Pick<WebDeps, 'cipher'>,
  trx: WebDeps['db'],
  lead: string,
  party: string,
  companion: string,
): Promise<void> {
  const chosen = isUuid(party) ? await findParty(trx, cipher, lead, party) : undefined;
  if (chosen) await chooseCompanions(trx, lead, party, { companions: [...chosen.companions, companion] });
}

/** Checked as a person's details are; the phone may be missing. */
export async function readDetails(
  { db, cipher, index }: Pick<WebDeps, 'db' | 'cipher' | 'index'>,
  lead: string,
  texts: PersonTexts,
  besides?: { id: string },
): Promise<{ details?: CompanionDetails; fields: Record<string, string> }> {
  const typesPhone = texts.phone.trim() !== '';
  const own = (await readPhone(db, cipher, lead)) ?? '';
  const blank = { plate: '', plate_new: '', plate_special: '' };
  const read = readPerson({ ...texts, ...blank, phone: typesPhone ? texts.phone : '13000000000' });
  if (!read.ok) return { fields: read.fields };
  const { name, sex, documentType, document, nationality, birthDay, unit } = read.details;
  const phone = typesPhone ? read.details.phone : null;
  const fields: Record<string, string> = {};
  const me = await findPerson(db, cipher, lead);
  const isKnown = (kind: 'document' | 'phone', text: string) =>
    isInBook(db, { index }, { kind, text, lead, ...(besides && { besides: besides.id }) });
  if (phone && phone === own) fields.phone = 'field.companion_self';
  else if (phone && (await isKnown('phone', phone))) fields.phone = 'field.companion_known';
  if (me?.document === document) fields.document_number = 'field.companion_self';
  else if (await isKnown('document', document)) fields.document_number = 'field.companion_document_known';
  const declared = { sex, documentType, document, nationality, birthDay, unit };
  return { details: { name, phone, declared }, fields };
}

function textsOf({ name, phone, declared }: Companion): PersonTexts {
  const texts = personTexts(undefined, phone ?? '');
  return {
    ...texts,
    name,
    ...(declared && {
      sex: declared.sex,
      document_type: declared.documentType,
      document_number: declared.document,

      nationality: declared.nationality ?? '',
      birth_day: declared.birthDay ?? '',
      unit: declared.unit ?? '',
    }),
  };
}

async function show(
  { db }: WebDeps,
  res: Response,
  form: { companion?: Companion | undefined; texts: PersonTexts; party: string; fields?: Record<string, string> },
): Promise<void> {
  const notice = await currentNotice(db, 'companion');
  const party = isUuid(form.party) ? form.party : '';
  res.render('companions/details', { fields: {}, companion: undefined, ...form, party, notice, documentTypes });
}
