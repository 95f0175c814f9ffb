import { type Request, type RequestHandler, type Response, Router } from 'express';
import { foldName } from '../../domain/text.ts';
import { AppError, tooMany } from '../../platform/errors.ts';
import { type Translate, translator } from '../../platform/i18n.ts';
import {
  addCompanion,
  type CompanionDetails,
  changeCompanion,
  declareAgreed,
} from '../../store/companions/book-entry.ts';
import { hasRoom } from '../../store/companions/book-room.ts';
import { chooseCompanions } from '../../store/companions/chosen-party.ts';
import { type Companion, readCompanions } from '../../store/companions/companion.ts';
import { announceReady } from '../../store/companions/companion-ready.ts';
import { currentNotice } from '../../store/content/notice.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked, textOf } from '../form-value.ts';
import { multipart } from '../multipart.ts';
import { countryCode } from '../profile/countries.ts';
import { type PersonTexts, personTexts } from '../profile/person-form.ts';
import { mostBytes, type WrongCell } from '../sheets/sheet.ts';
import { readSheetApart } from '../sheets/sheet-apart.ts';
import { agreed, channelOf, complete, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { readDetails } from './details.ts';
import { formPath, roomFor } from './for-change.ts';
import { ownParty } from './selection.ts';
import {
  birthDayOf,
  columns,
  documentTypeOf,
  readLines,
  type SheetRow,
  sexOf,
  shape,
  withoutExamples,
  writeSheet,
} from './sheet.ts';

const sheetType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const words = { 'zh-CN': translator('zh-CN'), en: translator('en') };

/**
 * A group by spreadsheet, in the official channel. The file stays in memory and is gone with the answer; everybody comes
 * in, or nobody.
 */
export function groupRoutes(deps: WebDeps): Router {
  const router = Router();

  router.get('/companions/group', signedIn, agreed, complete, (req, res) => show(deps, res, String(req.query.party)));

  router.get('/companions/group/template.xlsx', signedIn, (_req, res) => {
    const t: Translate = res.locals.t;
    const example = [t('group.example_name'), '', t('person.resident_id'), '110199195001010027', '', '', '', ''];
    const notes = [words['zh-CN'], words.en].flatMap((say) => [1, 2, 3, 4, 5].map((n) => say(`group.note_${n}`)));
    send(res, 'group', writeSheet(t, [example], { headings: [], notes }));
  });

  router.post(
    '/companions/group',
    signedIn,
    agreed,
    complete,
    mayTry(deps),
    multipart({ field: 'sheet', mostBytes }),
    (req: Request, res: Response) => importGroup(deps, req, res),
  );

  /** What was read comes back from the page itself, with a column that says what is wrong: nothing was kept of it. */
  router.post('/companions/group/marked', signedIn, agreed, (req, res) => {
    const t: Translate = res.locals.t;
    const lines = readLines(textOf(req.body, 'lines'));
    send(res, 'group-corrections', writeSheet(t, lines, { headings: [t('group.column.problem')] }));
  });
  return router;
}

/** Each try takes a file apart: not more often than somebody needs who corrects one row at a time. */
const tries = [
  { most: 30, seconds: 3600 },
  { most: 100, seconds: 24 * 3600 },
];

/** Before the file is read. */
function mayTry({ db, index }: WebDeps): RequestHandler {
  return async (_req, res, next) => {
    const key = index.hash('attempt_sheet', whoVisits(res).id);
    const wait = await takeAttempt(db, [{ kind: 'sheet', key, limits: tries }]);
    next(wait > 0 ? tooMany(wait) : undefined);
  };
}

async function importGroup(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db } = deps;
  const lead = whoVisits(res).id;
  // In the address too: of a file that is too large nothing of the form was read.
  const party = await ownParty(deps, res, textOf(req.body, 'party') || req.query.party);
  if (party.channel !== 'official') return res.redirect(303, `/companions?party=${party.id}`);
  const notice = await currentNotice(db, 'companion');
  const refuse = (fields: Record<string, string>) => show(deps, res.status(422), party.id, { fields });
  const { upload } = req;
  if (upload && 'tooLarge' in upload) return refuse({ sheet: 'field.sheet_large' });
  if (!isTicked(req.body, 'declared', notice.id)) return refuse({ declared: 'field.declaration_needed' });
  if (!upload || upload.bytes.length === 0) return refuse({ sheet: 'field.sheet_missing' });
  const sheet = await readSheetApart(upload.bytes, shape);
  if (!sheet.ok) return refuse({ sheet: sheet.problem });
  const rows = withoutExamples(sheet.rows);
  if (rows.length === 0) return refuse({ sheet: sheet.rows.length > 0 ? 'field.sheet_examples' : 'field.sheet_empty' });
  const { limit, along } = await roomFor(deps, lead, { ...party, isGroup: true });
  if (rows.length > limit) return refuse({ sheet: 'field.sheet_rows' });

  const { people, wrong } = await checkRows(deps, lead, rows, sheet.wrong);
  if (wrong.length > 0) return show(deps, res.status(422), party.id, { rows, wrong });
  // A person who was chosen before, or goes along already, is not counted twice.
  const before = new Set([...party.companions, ...along]);
  const fresh = people.filter(({ known }) => !known || !before.has(known.id));
  if (fresh.length + party.companions.length > limit) return refuse({ sheet: 'field.sheet_rows' });
  const added = await db.transaction(async (trx) => {
    if (!(await hasRoom(trx, lead, people.filter(({ known }) => !known).length))) return undefined;
    const ids: string[] = [];
    for (const { details, known } of people) {
      const id = known ? known.id : await addCompanion(trx, deps, lead, details);
      // Somebody added the same phone in between: nobody comes in.
      if (!id) throw new AppError('conflict', { status: 409 });
      if (known) await changeCompanion(trx, deps, known, details);
      await declareAgreed(trx, { lead, companion: id, notice, channel: channelOf(req) });
      ids.push(id);
    }
    const chosen = [...new Set([...party.companions, ...ids])].filter((id) => !along.includes(id));
    await chooseCompanions(trx, lead, party.id, { companions: chosen, isGroup: true });
    const subject = { kind: 'companion', id: party.id } as const;
    const detail = { persons: ids.length };
    await recordVisitor(deps, { req, res }, { action: 'group_imported', subject, detail }, trx);
    const requests: string[] = [];
    for (const { known } of people) {
      if (!known) continue;
      requests.push(...(await announceReady(trx, deps, { lead, companion: known.id }, { kind: 'visitor', id: lead })));
    }
    return requests;
  });
  if (!added) return refuse({ sheet: 'field.book_full' });
  await Promise.all(added.map((request) => deps.delivery.deliver(request, 1_500)));
  res.redirect(303, formPath(party));
}

interface Person {
  details: CompanionDetails;
  /** Whose row of the book it is already. */
  known?: Companion;
}

/** @param inCells what is wrong with cells themselves: nothing more is said of them */
async function checkRows(
  deps: WebDeps,
  lead: string,
  rows: SheetRow[],
  inCells: WrongCell[],
): Promise<{ people: Person[]; wrong: WrongCell[] }> {
  const people: Person[] = [];
  const book = await readCompanions(deps.db, deps.cipher, { lead });
  const wrong = [...inCells];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const texts = {
      ...personTexts(undefined, ''),
      name: row.name,
      phone: row.phone,
      document_number: row.document_number,
      unit: row.unit,
      sex: sexOf(row.sex),
      nationality: countryCode(row.nationality).toUpperCase(),
      birth_day: birthDayOf(row.birth_day),
      document_type: documentTypeOf(row.document_type, row.document_number),
    };
    const { details, fields, known } = await readRow(deps, lead, texts, book);
    if (fields.birth_day === 'field.birth_day_invalid') fields.birth_day = 'field.sheet_birth_day';
    const said = inCells.filter((one) => one.row === row.row).map(({ column }) => column);
    for (const [column, problem] of Object.entries(fields)) {
      if (!said.includes(column)) wrong.push({ row: row.row, column, problem });
    }
    if (!details) continue;
    for (const [column, value] of [
      ['document_number', details.declared?.document],
      ['phone', details.phone],
    ] as const) {
      if (!value) continue;
      if (seen.has(`${column} ${value}`)) wrong.push({ row: row.row, column, problem: 'field.sheet_twice' });
      seen.set(`${column} ${value}`, row.row);
    }
    people.push({ details, ...(known && { known }) });
  }
  return { people, wrong };
}

/** The same name and document as in a row that the lead wrote is that person once more, as the sheet says now. */
async function readRow(
  deps: WebDeps,
  lead: string,
  texts: PersonTexts,
  book: Companion[],
): Promise<Awaited<ReturnType<typeof readDetails>> & { known?: Companion }> {
  const read = await readDetails(deps, lead, texts);
  const { details } = read;
  if (!details || read.fields.document_number !== 'field.companion_document_known') return read;
  const known = book.find(
    ({ kind, name, declared }) =>
      kind === 'declared' &&
      foldName(name) === foldName(texts.name) &&
      declared?.document === details.declared?.document,
  );
  return known ? { ...(await readDetails(deps, lead, texts, known)), known } : read;
}

async function show(
  deps: WebDeps,
  res: Response,
  id: string,
  state: { fields?: Record<string, string>; rows?: SheetRow[]; wrong?: WrongCell[] } = {},
): Promise<void> {
  const party = await ownParty(deps, res, id);
  if (party.channel !== 'official') return res.redirect(303, `/companions?party=${party.id}`);
  const t: Translate = res.locals.t;
  const { wrong = [], rows = [] } = state;
  const { limit } = await roomFor(deps, whoVisits(res).id, { ...party, isGroup: true });
  const lines = rows.map((row) => [
    ...columns.map((name) => row[name]),
    wrong
      .filter((one) => one.row === row.row)
      .map(({ column, problem }) => `${t(`group.column.${column}`)}: ${t(problem)}`)
      .join(' '),
  ]);
  res.render('companions/group', {
    party,
    wrong,
    fields: state.fields ?? {},
    lines: JSON.stringify(lines),
    limit,
    notice: await currentNotice(deps.db, 'companion'),
  });
}

function send(res: Response, name: string, bytes: Buffer): void {
  res.set({ 'Content-Type': sheetType, 'Content-Disposition': `attachment; filename="${name}.xlsx"` }).send(bytes);
}
