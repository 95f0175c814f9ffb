import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { PurgeCSS } from 'purgecss';
import { declarations, type Rule, readSheet, writeSheet } from './sheet.ts';

/**
 * One small sheet out of WeUI and our own: what no view uses is left out. Its result is committed, so that nothing
 * is built at a start; run `npm run css` after a view or a sheet has changed (a test tells when it was forgotten).
 */

const web = new URL('../', import.meta.url);
/** Our own, after WeUI; later ones refine earlier ones. */
const sheets = [
  'base.css',
  'parts.css',
  'forms.css',
  'states.css',
  'visitor.css',
  'pass.css',
  'guide.css',
  'profile.css',
  'companions.css',
  'form.css',
  'staff.css',
  'inbox-tabs.css',
  'inbox.css',
  'living.css',
  'own-data.css',
  'care.css',
  'content.css',
];
const result = new URL('public/xiaomen.css', web);

export async function buildStyles(): Promise<string> {
  const weui = await readFile(createRequire(import.meta.url).resolve('weui/dist/style/weui.css'), 'utf8');
  const own = await Promise.all(sheets.map((name) => readFile(new URL(`styles/${name}`, web), 'utf8')));
  const [purged] = await new PurgeCSS().purge({
    content: [`${fileURLToPath(web)}**/*.ejs`, `${fileURLToPath(web)}public/*.js`],
    css: [{ raw: weui }],
    keyframes: true,
    safelist: { standard: ['html', 'body', 'data-weui-mode', 'care', 'data-weui-theme', 'light'] },
    defaultExtractor: (content) => content.match(/[\w-]+/g) ?? [],
  });
  const rules = [...readSheet(purged?.css ?? '').flatMap(inCareMode), ...own.flatMap(readSheet)];
  return `/*! WeUI 2.6.26, (c) Tencent, MIT */${writeSheet(withoutUnusedVariables(rules))}\n`;
}

const isPalette = (body: string): boolean => body.includes('--weui-BG-0:');

/** Leaves out the palettes that `data-weui-mode="care"` never shows, forced themes, and mini-program selectors. */
function inCareMode({ head, body, rules }: Rule): Rule[] {
  if (rules) return [{ head, body, rules: rules.flatMap(inCareMode) }];
  const selectors = head
    .split(/,(?![^(]*\))/)
    .map((selector) => selector.trim())
    .filter((selector) => !/\.wx-root|data-weui-theme=['"]?dark|^page$|navigator/.test(selector))
    .filter((selector) => !isPalette(body) || selector.includes('care'));
  return selectors.length > 0 ? [{ head: selectors.join(','), body }] : [];
}

/** Drops custom properties that nothing asks for, until none is left over. */
function withoutUnusedVariables(rules: Rule[]): Rule[] {
  const css = writeSheet(rules);
  const used = new Set([...css.matchAll(/var\((--[\w-]+)/g)].map((match) => match[1]));
  const keep = (rule: Rule): Rule => ({
    head: rule.head,
    body: declarations(rule.body)
      .filter((declaration) => !declaration.startsWith('--') || used.has(declaration.split(':')[0]?.trim()))
      .join(';'),
    ...(rule.rules ? { rules: rule.rules.map(keep) } : {}),
  });
  const kept = rules.map(keep);
  return writeSheet(kept) === css ? kept : withoutUnusedVariables(kept);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const css = await buildStyles();
  await writeFile(result, css);
  process.stdout.write(`web/public/xiaomen.css: ${css.length} characters\n`);
}
