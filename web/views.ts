import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ejs, { type TemplateFunction } from 'ejs';
import type { Express } from 'express';
import { documentTypes } from '../domain/identity-number.ts';
import { type RecipientId, recipients } from '../domain/recipients.ts';
import { assetPath } from './assets.ts';
import { attributesOf, optionsOf } from './attributes.ts';
import { codeFieldLength } from './form-value.ts';
import { countryChoices, countryName } from './profile/countries.ts';
import { documentAsks } from './profile/person-form.ts';

const top = fileURLToPath(new URL('.', import.meta.url));

/** Views stand beside their routes: `home/home` is web/home/home.ejs; `include('layout/top')` works from anywhere. */
export function useViews(app: Express): void {
  app.engine('ejs', (file, locals, done) => {
    let html: string;
    try {
      html = draw(file, locals);
    } catch (error) {
      return done(error as Error);
    }
    done(null, html);
  });
  app.set('views', top);
  app.set('view engine', 'ejs');
  app.enable('view cache');
  Object.assign(app.locals, {
    asset: assetPath,
    attributesOf,
    codeFieldLength,
    optionsOf,
    documentTypes,
    documentAsks,
    countryChoices,
    countryName,
    recipientKinds: (id: RecipientId) => recipients[id].kinds,
  });
}

type Locals = Record<string, unknown>;

/**
 * EJS's own `include` looks for its file each time and copies every local twice into an object that V8 treats as a
 * dictionary: most of a page's time. Here a view is found and compiled once and gets one plain copy.
 */
function draw(file: string, around: object, own?: Locals): string {
  const locals: Locals = { ...around, ...own };
  locals.include = (name: string, more?: Locals) => draw(fileOf(name, dirname(file)), locals, more);
  return templateOf(file)(locals);
}

const templates = new Map<string, TemplateFunction>();

function templateOf(file: string): TemplateFunction {
  let template = templates.get(file);
  if (!template) {
    // The locals come with our include in them; EJS need not copy them once more.
    const options = { filename: file, unsafePrototypeLocals: true };
    template = ejs.compile(readFileSync(file, 'utf8'), options as ejs.Options) as TemplateFunction;
    templates.set(file, template);
  }
  return template;
}

const files = new Map<string, string>();

/** Beside the view that includes it, else by its place below web/. */
function fileOf(name: string, folder: string): string {
  const key = `${folder} ${name}`;
  let file = files.get(key);
  if (!file) {
    const beside = join(folder, `${name}.ejs`);
    file = existsSync(beside) ? beside : join(top, `${name}.ejs`);
    files.set(key, file);
  }
  return file;
}
