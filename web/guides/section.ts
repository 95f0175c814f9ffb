import type { Knex } from 'knex';
import type { Language } from '../../platform/i18n.ts';
import type { Campus, Department, Gate } from '../../store/content/content.ts';
import { type GuideKind, guideOf } from '../../store/content/guide.ts';
import { renderMarkdown } from '../notices/markdown.ts';
import { type GettingHere, gettingHere } from './getting-here.ts';
import { topics } from './topics.ts';

/** One of the four tabs with its text, as `guides/section` draws it. */
export interface Section {
  tabs: { kind: GuideKind; href: string; part: string; current: boolean }[];
  kind: GuideKind;
  /** Safe HTML; undefined: the office has published nothing. */
  html?: string;
  /** 如何到达 only. */
  way?: GettingHere;
}

export interface Destination {
  campus: Campus | undefined;
  /** In service, by number. */
  gates: Gate[];
  department?: Department;
}

/**
 * @param address.href where a tab leads, with `{topic}` in it
 * @param address.part where the tab alone is
 */
export async function sectionOf(
  db: Knex,
  { campus, gates, department }: Destination,
  { kind, language, address }: { kind: GuideKind; language: Language; address: { href: string; part: string } },
): Promise<Section> {
  const guide = campus && (await guideOf(db, campus.id, kind));
  const at = (pattern: string, topic: string) => pattern.replace('{topic}', topic);
  return {
    kind,
    tabs: topics.map((one) => ({
      kind: one.kind,
      href: at(address.href, one.topic),
      part: at(address.part, one.topic),
      current: one.kind === kind,
    })),
    ...(guide && { html: renderMarkdown(guide.body[language]) }),
    ...(campus && kind === 'getting_here' && { way: gettingHere({ campus, gates, department }, language) }),
  };
}
