import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import doiuse from 'doiuse';
import { Linter } from 'eslint';
import compat from 'eslint-plugin-compat';
import postcss from 'postcss';
import { describe, expect, it } from 'vitest';

/** What reaches a phone must run on iOS 15 and Chrome 100 (WeChat's browser on older Androids). */
const oldest = ['ios_saf 15.0', 'chrome 100', 'and_chr 100'];
const folders = ['public/', '../gate-worker/console/public/', '../sandbox/pages/'].map(
  (path) => new URL(path, import.meta.url),
);
const files = folders.flatMap((folder) =>
  readdirSync(folder).map((name) => ({ name, text: () => readFileSync(new URL(name, folder), 'utf8') })),
);
/** Other people's, as they are served. */
const packaged = ['htmx.org/dist/htmx.min.js', 'uqr/dist/index.mjs'].map((path) => ({
  name: path,
  text: () => readFileSync(new URL(`../node_modules/${path}`, import.meta.url), 'utf8'),
}));
const scripts = [...files.filter(({ name }) => name.endsWith('.js')), ...packaged];
const sheets = files.filter(({ name }) => name.endsWith('.css'));

/** @returns what an old browser does not know, one line each */
function unknownInScript(text: string): string[] {
  return new Linter({ cwd: fileURLToPath(new URL('../', import.meta.url)) })
    .verify(text, {
      plugins: { compat: compat as never },
      rules: { 'compat/compat': 'error' },
      // A screen that stays awake is asked for only where there is such a thing.
      settings: { browsers: oldest, lintAllEsApis: true, polyfills: ['navigator.wakeLock'] },
      languageOptions: { ecmaVersion: 2022, sourceType: 'module' },
    })
    .map(({ line, message }) => `${line}: ${message}`);
}

/**
 * What an old browser may ignore without anything being lost: a focus ring then shows for every focus, and paper is
 * printed in the printer's own size.
 */
const mayBeMissing = new Set(['css-focus-visible', 'extended-system-fonts', 'css-paged-media']);

/** Features that are missing altogether; what is "partially supported" is so in corners that no sheet of ours enters. */
function unknownInSheet(text: string): string[] {
  const found: string[] = [];
  const detect = doiuse({
    browsers: ['ios_saf 15.2-15.3', 'chrome 100'],
    onFeatureUsage: ({ feature, message }: { feature: string; message: string }) => {
      const missing = / not supported by/.test(message) && !mayBeMissing.has(feature);
      if (missing) found.push(message.replace(/^\S+ \S+ \S+: /, ''));
    },
  });
  postcss([detect as postcss.Plugin])
    .process(text, { from: undefined })
    .sync();
  return [...new Set(found)];
}

describe('what is shipped', () => {
  it.each(scripts)('$name runs on iOS 15 and Chrome 100', ({ text }) => {
    expect(unknownInScript(text())).toEqual([]);
  });
  it.each(sheets)('$name is understood by iOS 15 and Chrome 100', ({ text }) => {
    expect(unknownInSheet(text())).toEqual([]);
  });
  it('would be found out if it were too new', () => {
    expect(unknownInScript('navigation.navigate("/")')).not.toEqual([]);
    expect(unknownInScript('const a = /[a--b]/v;')).not.toEqual([]);
    expect(unknownInSheet('@container (width > 1px) { b { color: red } }')).not.toEqual([]);
  });
});
