import type { Request, RequestHandler, Response } from 'express';
import { findTextProblem, normaliseText } from '../../../domain/text.ts';
import { AppError, notFound } from '../../../platform/errors.ts';
import { languages, translator } from '../../../platform/i18n.ts';
import { allCampuses, type Campus } from '../../../store/content/content.ts';
import { forgetContent } from '../../../store/content/content-cache.ts';
import { guideKinds } from '../../../store/content/guide.ts';
import { noticeKinds } from '../../../store/content/notice.ts';
import { type Publication, type PublishedVersion, publish, versionsOf } from '../../../store/content/publication.ts';
import type { Text } from '../../../store/content/published-text.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf, textsOf } from '../../form-value.ts';
import { formatting } from '../../formatting.ts';
import { renderMarkdown } from '../../notices/markdown.ts';
import { recordChange } from './rows.ts';

/** Notices and guides: Markdown in both languages side by side, looked at as visitors will see it, then published. */

const fields = ['title_zh', 'title_en', 'body_zh', 'body_en'] as const;
type Texts = Record<(typeof fields)[number], string>;
const longestTitle = 60;
const longestBody = 20_000;

/** The newest text in a form, and every version. */
export function showText(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { publication, versions } = await find(deps, req);
    const newest = versions[0];
    await render(deps, res, { publication, versions, texts: asTexts(newest), version: newest?.version ?? 0 });
  };
}

/** Draws what was typed by the same partial as the public page; nothing is kept. */
export function previewText(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { page, text } = await readEdited(deps, req, res);
    if (text) await render(deps, res, { ...page, preview: text });
  };
}

export function publishText(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { page, text } = await readEdited(deps, req, res);
    if (!text) return;
    const { publication } = page;
    const published = await deps.db.transaction(async (trx) => {
      const done = await publish(trx, publication, { version: page.version, text });
      if (done?.isNew)
        await recordChange(deps, { req, res }, { kind: publication.what, id: done.id, version: done.version }, trx);
      return done;
    });
    forgetContent(deps.db);
    if (published) return res.redirect(303, `${pathOf(publication)}?saved=${published.version}`);
    const now = await find(deps, req);
    await render(deps, res.status(409), { ...page, ...now, version: now.versions[0]?.version ?? 0, stale: true });
  };
}

/** One version that was published, as visitors saw it. */
export function showTextVersion(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { publication, versions } = await find(deps, req);
    const shown = versions.find(({ version }) => String(version) === req.params.version);
    if (!shown) throw notFound();
    const names = await named(deps, publication);
    res.render('admin/content/text-version', { ...names, shown, drawn: draw(shown, names.campus, shown) });
  };
}

/** What was typed. Where something is wrong with it there is no text, and the page was answered with what it is. */
async function readEdited(deps: WebDeps, req: Request, res: Response) {
  const { publication, versions } = await find(deps, req);
  const page = { publication, versions, texts: textsOf(req.body, fields), version: readVersion(req) };
  const read = readTexts(page.texts);
  if (read.ok) return { page, text: read.text };
  await render(deps, res.status(422), { ...page, problems: read.problems });
  return { page };
}

async function find(deps: WebDeps, req: Request): Promise<{ publication: Publication; versions: PublishedVersion[] }> {
  const publication = await publicationOf(deps, req);
  return { publication, versions: await versionsOf(deps.db, publication) };
}

async function publicationOf({ db }: WebDeps, req: Request): Promise<Publication> {
  if (req.params.campus === undefined) {
    const kind = noticeKinds.find((known) => known === req.params.kind);
    if (!kind) throw notFound();
    return { what: 'notice', kind };
  }
  const kind = guideKinds.find((known) => known === req.params.kind);
  const campus = (await allCampuses(db)).find(({ id }) => id === req.params.campus);
  if (!kind || !campus) throw notFound();
  return { what: 'guide', kind, campus: campus.id };
}

const pathOf = (publication: Publication): string =>
  publication.what === 'notice'
    ? `/admin/content/notices/${publication.kind}`
    : `/admin/content/guides/${publication.campus}/${publication.kind}`;

const asTexts = (text: Text | undefined): Texts => ({
  title_zh: text?.title['zh-CN'] ?? '',
  title_en: text?.title.en ?? '',
  body_zh: text?.body['zh-CN'] ?? '',
  body_en: text?.body.en ?? '',
});

type TextsRead = { ok: true; text: Text } | { ok: false; problems: Record<string, string> };

function readTexts(texts: Texts): TextsRead {
  const problems: Record<string, string> = {};
  const read = (name: keyof Texts, rules: { max: number; lines?: boolean }): string => {
    // A tab in Markdown is four spaces.
    const text = normaliseText(texts[name].replaceAll('\t', '    '));
    const problem = findTextProblem(text, { ...rules, required: true });
    if (problem)
      problems[name] = { empty: 'field.required', long: 'field.too_long', characters: 'field.characters' }[problem];
    return text;
  };
  const text = {
    title: { 'zh-CN': read('title_zh', { max: longestTitle }), en: read('title_en', { max: longestTitle }) },
    body: {
      'zh-CN': read('body_zh', { max: longestBody, lines: true }),
      en: read('body_en', { max: longestBody, lines: true }),
    },
  };
  return Object.keys(problems).length > 0 ? { ok: false, problems } : { ok: true, text };
}

function readVersion(req: Request): number {
  const text = textOf(req.body, 'version');
  if (!/^\d{1,9}$/.test(text)) throw new AppError('bad_request', { status: 400 });
  return Number(text);
}

/** In every language, as the public page draws it. */
const draw = (
  text: Text,
  campus: Campus | undefined,
  { version, publishedAt }: { version: number; publishedAt: Date },
) =>
  languages.map((language) => {
    const format = formatting(language);
    return {
      language,
      title: text.title[language],
      // A guide is read without its version.
      line: campus ? '' : translator(language)('notices.version', { version, time: format.date(publishedAt) }),
      html: renderMarkdown(text.body[language]),
    };
  });

interface Page {
  publication: Publication;
  versions: PublishedVersion[];
  texts: Texts;
  version: number;
  problems?: Record<string, string>;
  preview?: Text;
  stale?: boolean;
}

async function render(deps: WebDeps, res: Response, page: Page): Promise<void> {
  const { publication, versions, texts, version, problems = {}, preview, stale = false } = page;
  const newest = versions[0];
  const names = await named(deps, publication);
  const saved = versions.find((one) => String(one.version) === res.req.query.saved);
  res.render('admin/content/text', {
    ...names,

    versions,
    texts,
    version,
    fields: problems,
    stale,
    saved,
    // People who agreed to the present text have to agree again.
    asksAgain: publication.what === 'notice' && publication.kind === 'filling' && newest !== undefined,
    preview: preview && draw(preview, names.campus, { version: (newest?.version ?? 0) + 1, publishedAt: new Date() }),
    now: stale ? asTexts(newest) : undefined,
  });
}

async function named({ db }: WebDeps, publication: Publication) {
  const campuses = await allCampuses(db);
  return {
    publication,
    path: pathOf(publication),
    campus: publication.what === 'guide' ? campuses.find(({ id }) => id === publication.campus) : undefined,
  };
}
