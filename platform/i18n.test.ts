import { describe, expect, it } from 'vitest';
import { requestKinds, shownOf } from '../domain/request.ts';
import { outcomes, stages } from '../domain/reservation.ts';
import { timelineKinds } from '../workflows/messages/activities.ts';
import { refusalCodes } from '../workflows/messages/reservation.ts';
import { type Catalogue, chooseLanguage, hasSentence, languages, readCatalogue, translator } from './i18n.ts';

/** Every sentence by its key. */
function sentences(catalogue: Catalogue, path = ''): Map<string, string> {
  return new Map(
    Object.entries(catalogue).flatMap(([key, value]) =>
      typeof value === 'string' ? [[path + key, value] as const] : [...sentences(value, `${path}${key}.`)],
    ),
  );
}

/** `error.too_many {{minutes}}`; plural forms of one key count as one. */
function outline(catalogue: Catalogue): string[] {
  const lines = [...sentences(catalogue)].map(([key, text]) => {
    const parameters = [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)]
      .map(([, name]) => name)
      .filter((name) => name !== 'count');
    return `${key.replace(/_(zero|one|two|few|many|other)$/, '')} ${[...new Set(parameters)].sort().join(' ')}`;
  });
  return [...new Set(lines)].sort();
}

describe('the catalogues', () => {
  const chinese = readCatalogue('zh-CN');
  const english = readCatalogue('en');

  it('say the same things in both languages, with the same values in them', () => {
    expect(outline(english)).toEqual(outline(chinese));
  });

  it('hold no empty sentence, no Chinese prose in English, and use Chinese punctuation in Chinese', () => {
    for (const [key, text] of sentences(chinese)) {
      expect(text.trim(), key).not.toBe('');
      expect(text, key).not.toMatch(/[\u4e00-\u9fff][,;?!]/);
    }
    // A word that somebody has to find on a Chinese screen, and what a plate looks like.
    const asWritten = /访客预约|冀A12345|冀AD12345/g;
    for (const [key, text] of sentences(english)) {
      expect(text.trim(), key).not.toBe('');
      expect(text.replace(asWritten, ''), key).not.toMatch(/[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/u);
    }
  });

  it('call each channel by one name', () => {
    for (const catalogue of [sentences(chinese), sentences(english)]) {
      const names = [...catalogue.keys()].filter((key) => /channel\.(personal|official)$/.test(key));
      expect(names).toEqual(['channel.personal', 'channel.official']);
    }
    const other = /公务(预约|访客|来访|通道)|个人(预约|来访)|因公(预约|来访)/;
    expect([...sentences(chinese)].filter(([, text]) => other.test(text))).toEqual([]);
  });

  it('have a sentence for every code that the process and the gates answer', () => {
    const gateReasons =
      `ok unknown_pass bad_signature revoked not_yet_valid expired wrong_campus wrong_gate already_inside
      not_inside stale_code id_required watchlisted party_incomplete too_many_tries unreadable device_offline
      error`.split(/\s+/);
    for (const key of [
      ...gateReasons.map((code) => `reason.${code}`),
      ...refusalCodes.map((code) => `refusal.${code}`),
      ...timelineKinds.map((kind) => `timeline.${kind}`),
      ...requestKinds
        .flatMap((kind) => (shownOf(kind) ? [kind, shownOf(kind)?.closes ?? kind] : []))
        .map((kind) => `behind.${kind}`),
      ...stages.map((stage) => `stage.${stage}`),
      ...outcomes.map((outcome) => `outcome.${outcome}`),
      ...[400, 401, 403, 404, 409, 413, 422, 429, 500, 503].map((status) => `error_title.${status}`),
    ]) {
      expect(hasSentence(key), key).toBe(true);
    }
  });
});

describe('a translator', () => {
  it('fills in values as plain text', () => {
    expect(translator('zh-CN')('error.too_many', { minutes: 3 })).toBe('操作过于频繁，请 3 分钟后再试。');
    expect(translator('en')('error.too_many', { minutes: '<b>$t(x)' })).toContain('<b>$t(x)');
  });

  it('stops a test at a sentence or a value that is missing', () => {
    for (const language of languages) {
      expect(() => translator(language)('error.no_such_thing')).toThrow('error.no_such_thing');
      expect(() => translator(language)('error')).toThrow();
      expect(() => translator(language)('error.too_many')).toThrow('minutes');
    }
  });
});

it('chooses the first language that is wanted and spoken, Chinese otherwise', () => {
  expect(chooseLanguage(undefined)).toBe('zh-CN');
  expect(chooseLanguage('en-US,en;q=0.9,zh-CN;q=0.8')).toBe('en');
  expect(chooseLanguage('fr-FR,zh-TW;q=0.5,en;q=0.4')).toBe('zh-CN');
  expect(chooseLanguage('en;q=0, fr')).toBe('zh-CN');
});
