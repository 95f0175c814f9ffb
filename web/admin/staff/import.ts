import type { Request, RequestHandler, Response } from 'express';
import { AppError, tooMany } from '../../../platform/errors.ts';
import type { Translate } from '../../../platform/i18n.ts';
import { forgetContent } from '../../../store/content/content-cache.ts';
import { takeAttempt } from '../../../store/people/attempt.ts';
import { mailStaffLink } from '../../../store/staff/link-mail.ts';
import { createStaff, isUsernameClash } from '../../../store/staff/staff.ts';
import { makeStaffLink } from '../../../store/staff/staff-link.ts';
import { withoutExamples } from '../../companions/sheet.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { type WrongCell, writeBook } from '../../sheets/sheet.ts';
import { readSheetApart } from '../../sheets/sheet-apart.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { keepToShow, takeToShow } from '../../staff/shown-once.ts';
import { checkStaffRows, type NewPerson, type StaffRow, staffColumns, staffShape } from './import-rows.ts';

const path = '/admin/staff/imports';
const shown = 'links of an import';
const mostRows = 500;

/** What a page shows once: who was made, and the link of each. */
type Made = { name: string; username: string; link: string }[];

/** `/admin/staff/imports`: staff by spreadsheet. What was read is shown first; everybody comes in, or nobody. */
export function showImport(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const text = await takeToShow(deps, req, shown);
    render(res, { made: text === undefined ? undefined : (JSON.parse(text) as Made) });
  };
}

export function sendStaffTemplate(): RequestHandler {
  return (_req: Request, res: Response) => {
    const t: Translate = res.locals.t;
    const headings = staffColumns.map((name) => t(`staff_admin.import.column.${name}`));
    const example = [
      t('group.example_name'),
      'li.ming',
      t('staff_admin.roles.approver'),
      t('staff_admin.import.example'),
      t('staff_admin.import.example_email'),
    ];
    const notes = [1, 2, 3, 4].map((n) => t(`staff_admin.import.note_${n}`));
    const book = writeBook({
      name: t('staff_admin.list.title'),
      headings,
      rows: [example],
      isTemplate: true,
      notes: { name: t('group.notes_sheet'), lines: notes },
    });
    res.set({
      'Content-Type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'Content-Disposition': 'attachment; filename="staff.xlsx"',
    });
    res.send(book);
  };
}

/** Before the file is read: each takes a thread for a while. */
export function mayImport({ db, index }: WebDeps): RequestHandler {
  return async (_req, res, next) => {
    const key = index.hash('attempt_sheet', whoIs(res).id);
    const wait = await takeAttempt(db, [{ kind: 'sheet', key, limits: [{ most: 30, seconds: 3600 }] }]);
    next(wait > 0 ? tooMany(wait) : undefined);
  };
}

/** Reads the file and shows what would be made. Nothing is written. */
export function previewImport(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const refuse = (problem: string) => render(res.status(422), { fields: { sheet: problem } });
    const { upload } = req;
    if (upload && 'tooLarge' in upload) return refuse('field.sheet_large');
    if (!upload || upload.bytes.length === 0) return refuse('field.sheet_missing');
    const sheet = await readSheetApart(upload.bytes, staffShape);
    if (!sheet.ok) return refuse(sheet.problem);
    const rows = withoutExamples(sheet.rows);
    if (rows.length === 0) return refuse(sheet.rows.length > 0 ? 'field.sheet_examples' : 'field.sheet_empty');
    if (rows.length > mostRows) return refuse('field.sheet_rows');
    const { people, wrong } = await checkStaffRows(deps, rows);
    wrong.unshift(...sheet.wrong);
    if (wrong.length > 0) return render(res.status(422), { wrong });
    render(res, { people, rows });
  };
}

/** What the preview showed, checked once more and made in one go. */
export function confirmImport(deps: WebDeps): RequestHandler {
  const { db, settings } = deps;
  return async (req: Request, res: Response) => {
    const rows = readRows(textOf(req.body, 'rows'));
    const { people, wrong } = await checkStaffRows(deps, rows);
    if (wrong.length > 0 || people.length === 0) return render(res.status(422), { wrong });
    const tokens = await makeAll(deps, { req, res }, people);
    // The same form at the same moment, or another admin: what is wrong with it is told as if it had come later.
    if (!tokens) return render(res.status(422), { wrong: (await checkStaffRows(deps, rows)).wrong });
    forgetContent(db);
    const made: Made = people.map(({ name, username }) => ({
      name,
      username,
      link: `${settings.PUBLIC_URL}/staff/links/${tokens.get(username)}`,
    }));
    await keepToShow(deps, req, shown, JSON.stringify(made));
    res.redirect(303, path);
  };
}

/**
 * By user name, so that two sheets with the same names, in whatever order, wait for each other and never both at once.
 *
 * @returns the secret part of each one's link, by user name; undefined, and nobody is made, where somebody took a user name in between
 */
async function makeAll(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  people: NewPerson[],
): Promise<Map<string, string> | undefined> {
  const ordered = people.toSorted((a, b) => (a.username < b.username ? -1 : 1));
  try {
    return await deps.db.transaction(async (trx) => {
      const made = new Map<string, string>();
      for (const { roles, address, ...person } of ordered) {
        const held = roles.map(({ role, department }) => ({ role, ...(department && { department }) }));
        const staff = await createStaff(trx, { ...person, roles: held });
        const subject = { kind: 'staff', id: staff } as const;
        const detail = { by: 'sheet', roles: roles.length, ...(address && { mailed: true }) };
        await recordAct(deps, req, res, { action: 'staff_created', subject, detail }, trx);
        made.set(person.username, await makeStaffLink(trx, deps.index, { staff, use: 'invitation' }));
        if (address) await mailStaffLink(trx, deps.cipher, { staff, address });
      }
      return made;
    });
  } catch (error) {
    if (isUsernameClash(error)) return undefined;
    throw error;
  }
}

interface ImportPage {
  fields?: Record<string, string>;
  wrong?: WrongCell[];
  people?: NewPerson[];
  rows?: StaffRow[];
  made?: Made | undefined;
}

function render(res: Response, { fields = {}, wrong = [], people = [], rows = [], made }: ImportPage): void {
  res.locals.path = path;
  res.render('admin/staff/import', { fields, wrong, people, rows: JSON.stringify(rows), made, limit: mostRows });
}

/** As our own page sent them. @throws AppError 400 */
function readRows(text: string): StaffRow[] {
  try {
    const rows: unknown = JSON.parse(text);
    if (Array.isArray(rows) && rows.length <= mostRows) {
      return rows.map((row: Record<string, unknown>, n) => {
        const cells = staffColumns.map((name) => [name, String(row[name] ?? '').slice(0, 200)]);
        return { ...Object.fromEntries(cells), row: n + 2 } as StaffRow;
      });
    }
  } catch {
    // Falls through: it is not what our page sent.
  }
  throw new AppError('bad_request', { status: 400 });
}
