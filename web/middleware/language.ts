import type { RequestHandler, Response } from 'express';
import { chooseLanguage, type Language, languages, translator } from '../../platform/i18n.ts';
import { cookieName, cookieOptions, readCookie } from '../cookies.ts';
import { formatting } from '../formatting.ts';

/** `?lang=` for this page, else the remembered choice, else the browser's wish, else Chinese. */
export function language(publicUrl: string): RequestHandler {
  const cookie = cookieName('language', publicUrl);
  return (req, res, next) => {
    const chosen =
      asLanguage(req.query.lang) ??
      asLanguage(readCookie(req.headers.cookie, cookie)) ??
      chooseLanguage(req.get('accept-language'));
    speak(res, chosen);
    next();
  };
}

/** Puts the language, its sentences and its formats where views find them. */
export function speak(res: Response, chosen: Language): void {
  res.locals.lang = chosen;
  res.locals.t = translator(chosen);
  res.locals.format = formatting(chosen);
}

export function rememberLanguage(res: Response, chosen: Language, publicUrl: string): void {
  res.cookie(cookieName('language', publicUrl), chosen, {
    ...cookieOptions(publicUrl),
    maxAge: 365 * 24 * 3600_000,
  });
}

export function asLanguage(value: unknown): Language | undefined {
  return languages.find((known) => known === value);
}
