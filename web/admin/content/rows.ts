import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { AppError, notFound } from '../../../platform/errors.ts';
import { allCampuses } from '../../../store/content/content.ts';
import { forgetContent } from '../../../store/content/content-cache.ts';
import {
  addContent,
  type ContentKind,
  type ContentRow,
  editContent,
  findContentRow,
  revisionsOf,
} from '../../../store/content/content-edit.ts';
import { staffNames } from '../../../store/staff/staff.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf, textsOf } from '../../form-value.ts';
import { isUuid } from '../../is-uuid.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { choicesFor } from './choices.ts';
import { fieldsOf, forms, groupsOf, isListed, readForm, showValues } from './forms.ts';

/** There is one university; a gate is made with the keys of its box, see new-gate.ts. */
type MadeKind = 'campus' | 'department' | 'reason' | 'refusal_reason';

/** `/admin/content/<kinds>/:id`: a row as it stands, in a form. */
export function showRow(deps: WebDeps, kind: ContentKind): RequestHandler {
  return async (req, res) => {
    const row = await rowOf(deps, kind, req);
    await renderRow(deps, res, { kind, row, texts: showValues(kind, row.values) });
  };
}

/** What was typed becomes the next version. A page that is out of date is shown again beside the present version. */
export function editRow(deps: WebDeps, kind: ContentKind): RequestHandler {
  return async (req, res) => {
    const row = await rowOf(deps, kind, req);
    const texts = typedIn(req, kind);
    const choices = await choicesFor(deps.db, kind, { campus: row.campus, self: row.id });
    const read = readForm(kind, texts, { choices: choices(res.locals.format), row });
    const version = readVersion(req);
    if (!read.ok)
      return renderRow(deps, res.status(422), { kind, row: { ...row, version }, texts, fields: read.fields });
    const edit = { kind, id: row.id, version, values: read.values, staff: whoIs(res).id };
    const edited = await deps.db.transaction(async (trx) => {
      const done = await editContent(trx, edit);
      if (done.saved && done.changed)
        await recordChange(deps, { req, res }, { kind, id: row.id, version: done.version }, trx);
      return done;
    });
    forgetContent(deps.db);
    if (edited.saved) return res.redirect(303, `${listPath(kind)}?saved=${kind}`);
    if ('now' in edited) return renderRow(deps, res.status(409), { kind, row: edited.now, texts, stale: true });
    const chain = edited.circle.map((name) => res.locals.format.name(name)).join(' → ');
    const refusals = { parent_id: res.locals.t('content.problem.circle', { chain }) };
    await renderRow(deps, res.status(422), { kind, row: { ...row, version }, texts, refusals });
  };
}

/** What a new row starts with; numbers as the demo has them. */
const beginnings: Record<MadeKind | 'gate', Record<string, string>> = {
  campus: { party_limit: '20', group_limit: '200' },
  department: { position: '0', receives: 'on' },
  reason: { position: '0' },
  refusal_reason: { position: '0' },
  gate: {},
};

export function showNewRow(deps: WebDeps, kind: MadeKind | 'gate'): RequestHandler {
  return async (req, res) => {
    const campus = await campusFor(deps, kind, req.query.campus);
    await renderRow(deps, res, { kind, texts: beginnings[kind], campus });
  };
}

export function addRow(deps: WebDeps, kind: MadeKind): RequestHandler {
  return async (req, res) => {
    const campus = await campusFor(deps, kind, textOf(req.body, 'campus'));
    const id = textOf(req.body, 'id');
    if (!isUuid(id)) throw new AppError('bad_request', { status: 400 });
    const texts = typedIn(req, kind);
    const choices = await choicesFor(deps.db, kind, { campus, self: null });
    const read = readForm(kind, texts, { choices: choices(res.locals.format) });
    if (!read.ok) return renderRow(deps, res.status(422), { kind, texts, campus, fields: read.fields });
    await deps.db.transaction(async (trx) => {
      const isNew = await addContent(trx, { kind, id, values: read.values, ...(campus && { campus }) });
      if (isNew) await recordChange(deps, { req, res }, { kind, id, version: 1 }, trx);
    });
    forgetContent(deps.db);
    res.redirect(303, `${listPath(kind)}?saved=${kind}`);
  };
}

/** Where somebody goes on after saving. */
const listPath = (kind: ContentKind): string =>
  isListed(kind) ? `/admin/content/${forms[kind].path}` : '/admin/content';

export async function recordChange(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  change: { kind: string; id: string; version: number },
  trx: WebDeps['db'],
): Promise<void> {
  const { kind, id, version } = change;
  await recordAct(
    deps,
    req,
    res,
    { action: 'content_changed', subject: { kind: 'content', id }, detail: { kind, version } },
    trx,
  );
}

async function rowOf({ db }: WebDeps, kind: ContentKind, req: Request): Promise<ContentRow> {
  const id = isOne(kind) ? '1' : String(req.params.id);
  const isId = isOne(kind) || (kind === 'gate' ? /^[a-z][a-z0-9-]{1,30}$/.test(id) : isUuid(id));
  const row = isId ? await findContentRow(db, kind, id) : undefined;
  if (!row) throw notFound();
  return row;
}

/** There is one such row. */
const isOne = (kind: ContentKind): boolean => kind === 'university' || kind === 'office_hours';

/** A department and a gate are made on a campus and stay there. */
export async function campusFor({ db }: WebDeps, kind: MadeKind | 'gate', wanted: unknown): Promise<string | null> {
  if (kind !== 'department' && kind !== 'gate') return null;
  const campuses = await allCampuses(db);
  const found = campuses.find(({ id }) => id === wanted);
  if (!found) throw notFound();
  return found.id;
}

/** What was typed into a form. */
export const typedIn = (req: Request, kind: ContentKind, isNew = false) =>
  textsOf(
    req.body,
    fieldsOf(kind, isNew).map(({ name }) => name),
  );

/** The version that the page showed. */
export function readVersion(req: Request): number {
  const text = textOf(req.body, 'version');
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new AppError('bad_request', { status: 400 });
  return Number(text);
}

interface Page {
  kind: ContentKind;
  row?: ContentRow;
  texts: Record<string, string>;
  fields?: Record<string, string>;
  /** Sentences of what the rows refuse, by field. */
  refusals?: Record<string, string>;
  campus?: string | null;
  stale?: boolean;
}

/** The form of a row, or of a new one. */
export async function renderRow({ db }: WebDeps, res: Response, page: Page): Promise<void> {
  const { kind, row, texts, fields = {}, refusals = {}, stale = false } = page;
  const campus = row?.campus ?? page.campus ?? null;
  const [choices, revisions, campuses] = await Promise.all([
    choicesFor(db, kind, { campus, self: row?.id ?? null }),
    row ? revisionsOf(db, kind, row.id) : [],
    allCampuses(db),
  ]);
  const names = await staffNames(db, [...new Set(revisions.map(({ staff }) => staff))]);
  const now = row ? showValues(kind, row.values) : {};
  const offered = choices(res.locals.format);
  const top = `/admin/content/${forms[kind].path}`;
  const path = row ? `${top}/${row.id}` : `${top}/new`;
  res.locals.path = isOne(kind) ? top : row || !campus ? path : `${path}?campus=${campus}`;
  res.render('admin/content/row', {
    kind,
    form: { groups: groupsOf(kind, !row) },
    action: row ? `${res.locals.path}/edits` : `/admin/content/${forms[kind].path}`,
    back: listPath(kind),
    id: row?.id ?? randomUUID(),
    version: row?.version,
    isNew: !row,
    campus: campuses.find(({ id }) => id === campus),
    texts,
    fields,
    refusals,
    choices: offered,
    stale,
    // The differences between the page that was sent and the present version.
    differences: stale ? fieldsOf(kind).filter(({ name }) => (texts[name] ?? '') !== now[name]) : [],
    now,
    written: (name: string, text: string) => offered[name]?.find(({ value }) => value === text)?.label.trim() ?? text,
    revisions: revisions.map(({ version, values, staff, at }) => ({
      version,
      at,
      staff: names.get(staff) ?? '',
      texts: showValues(kind, values),
    })),
  });
}
