import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import i18next, { type i18n } from 'i18next';
import { createLog } from './log.ts';

export const languages = ['zh-CN', 'en'] as const;
export type Language = (typeof languages)[number];
const defaultLanguage: Language = 'zh-CN';

export type Params = Record<string, string | number>;
/** Looks a sentence up by its key (`error.not_found`) and fills `{{name}}` from `params`. Plain text: EJS escapes. */
export type Translate = (key: string, params?: Params) => string;

/** One catalogue: nested groups with sentences at the leaves. */
export type Catalogue = { [key: string]: string | Catalogue };

const folder = new URL('./locales/', import.meta.url);

/** All files of a language as one catalogue. @throws Error when two files define the same key. */
export function readCatalogue(language: Language): Catalogue {
  const merged: Catalogue = {};
  const languageFolder = new URL(`${language}/`, folder);
  for (const name of readdirSync(fileURLToPath(languageFolder)).sort()) {
    if (!name.endsWith('.json')) continue;
    const content = JSON.parse(readFileSync(new URL(name, languageFolder), 'utf8')) as Catalogue;
    merge(merged, content, `${language}/${name}`);
  }
  return merged;
}

function merge(into: Catalogue, from: Catalogue, source: string, path = ''): void {
  for (const [key, value] of Object.entries(from)) {
    const present = into[key];
    if (present === undefined) into[key] = typeof value === 'string' ? value : structuredClone(value);
    else if (typeof present === 'object' && typeof value === 'object') merge(present, value, source, `${path}${key}.`);
    else throw new Error(`${source} defines ${path}${key}, which another file defines already`);
  }
}

const inTest = process.env.NODE_ENV === 'test' || process.env.VITEST !== undefined;
const told = new Set<string>();

/** A missing sentence stops a test; in production the page still comes, with the key, and the log tells once. */
function missing(what: string): void {
  if (inTest) throw new Error(`The catalogues lack ${what}`);
  if (told.has(what)) return;
  told.add(what);
  createLog('i18n').error({ code: 'missing_sentence', kind: what.slice(0, 120) }, 'the catalogues lack a sentence');
}

let loaded: i18n | undefined;

function catalogues(): i18n {
  if (loaded) return loaded;
  const instance = i18next.createInstance();
  void instance.init({
    initAsync: false,
    lng: defaultLanguage,
    fallbackLng: false,
    resources: Object.fromEntries(languages.map((language) => [language, { translation: readCatalogue(language) }])),
    interpolation: { escapeValue: false, skipOnVariables: true },
    returnNull: false,
    showSupportNotice: false,
    missingInterpolationHandler: (_text: string, match: string[]) => {
      missing(`a value for ${match[0]}`);
      return '';
    },
  } as Parameters<i18n['init']>[0]);
  loaded = instance;
  return instance;
}

const translators = new Map<Language, Translate>();

export function translator(language: Language): Translate {
  let translate = translators.get(language);
  if (!translate) {
    translate = createTranslator(language);
    translators.set(language, translate);
  }
  return translate;
}

/**
 * i18next finds a key and parses its sentence anew at every call, and a page has a hundred of them: a sentence is cut
 * at its parameters once, into text and name in turn. What has plural forms stays with i18next.
 */
function createTranslator(language: Language): Translate {
  const byI18next = catalogues().getFixedT(language);
  const cut = new Map<string, string[]>();

  const cutAt = (key: string): string[] | undefined => {
    const known = cut.get(key);
    if (known) return known;
    const sentence: unknown = catalogues().getResource(language, 'translation', key);
    const plural: unknown = catalogues().getResource(language, 'translation', `${key}_other`);
    if (typeof sentence !== 'string' || plural !== undefined) return undefined;
    const parts = sentence.split(/\{\{\s*(\w+)\s*\}\}/);
    cut.set(key, parts);
    return parts;
  };
  return (key, params = {}) => {
    const parts = cutAt(key);
    if (parts) return parts.map((part, n) => (n % 2 === 0 ? part : valueFor(params, part))).join('');
    if (!isSentence(language, key)) missing(`${language} ${key}`);
    return byI18next(key, params);
  };
}

function valueFor(params: Params, name: string): string {
  const value = params[name];
  if (value === undefined) missing(`a value for {{${name}}}`);
  return String(value ?? '');
}

/** Whether every language has a sentence for it; for keys that come as data. */
export function hasSentence(key: string): boolean {
  return languages.every((language) => isSentence(language, key));
}

function isSentence(language: Language, key: string): boolean {
  const isGroup = typeof catalogues().getResource(language, 'translation', key) === 'object';
  return !isGroup && catalogues().exists(key, { lng: language });
}

/** The first of the wanted languages that we have, from an Accept-Language header; Chinese otherwise. */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const quality = parameters.map((text) => /^\s*q=([\d.]+)$/.exec(text)?.[1]).find((text) => text !== undefined);
      return { tag, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ tag, quality }) => tag !== '' && quality > 0)
    .sort((a, b) => b.quality - a.quality);
  for (const { tag } of wanted) {
    if (tag.startsWith('zh')) return 'zh-CN';
    if (tag.startsWith('en')) return 'en';
  }
  return defaultLanguage;
}
