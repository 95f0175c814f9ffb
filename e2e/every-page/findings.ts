import { type CheerioAPI, load } from 'cheerio';
import { type Language, readCatalogue } from '../../platform/i18n.ts';

/** What nobody should read on any page. */

const groups = Object.keys(readCatalogue('en'));
const catalogueKey = new RegExp(`(?<![\\w./@-])(?:${groups.join('|')})(?:\\.[a-z][a-z_]+)+(?![\\w.])`);
const chinese = /[\p{Script=Han}，。！？；：（）]/u;

/**
 * Chinese that an English page may hold: the switch to Chinese, text that is marked as Chinese, what an office edits in
 * both languages, and what visitors typed.
 */
const mayBeChinese = '[lang="zh-CN"]:not(html), textarea, script, style';
const shownAttributes = ['aria-label', 'alt', 'title', 'placeholder', 'aria-description', 'data-sentence'];

/** @returns one line a finding; empty is right. */
export function findingsIn(html: string, language: Language, typed: string[]): string[] {
  const $ = load(html);
  const findings: string[] = [];
  const whole = html.startsWith('<!doctype html>');
  if (whole) findings.push(...findingsOfFrame($, language));
  $(mayBeChinese).remove();
  for (const text of textsOf($)) {
    const own = typed.reduce((rest, word) => rest.replaceAll(word, ''), text);
    if (/\bundefined\b|\[object |\bNaN\b|\bInvalid Date\b/.test(text)) findings.push(`says “${text}”`);
    if (catalogueKey.test(text)) findings.push(`shows a catalogue’s key: “${text}”`);
    if (language === 'en' && chinese.test(own)) findings.push(`Chinese in English: “${own}”`);
  }
  return [...new Set(findings)];
}

function findingsOfFrame($: CheerioAPI, language: Language): string[] {
  const findings: string[] = [];
  if ($('html').attr('lang') !== language) findings.push(`lang is ${$('html').attr('lang')}`);
  if (!/^\S.* · \S.*$/.test($('title').text())) findings.push(`title is “${$('title').text()}”`);
  const titles = $('h1:not([aria-hidden="true"])').length;
  if (titles !== 1) findings.push(`${titles} h1`);
  if ($('main').length !== 1) findings.push(`${$('main').length} main`);
  return findings;
}

/** All text that is drawn or read out, piece by piece. */
function textsOf($: CheerioAPI): string[] {
  const texts: string[] = [];
  $('*').each((_, element) => {
    for (const node of $(element).contents().get()) {
      if (node.type === 'text') texts.push(node.data.replace(/\s+/g, ' ').trim());
    }
    for (const name of shownAttributes) texts.push($(element).attr(name) ?? '');
  });
  return texts.filter(Boolean);
}
