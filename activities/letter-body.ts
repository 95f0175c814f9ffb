import type { Letter } from '../platform/mail.ts';

/** A mail's body, in one language or in several below each other. */

interface Link {
  words: string;
  to: string;
}

export interface Section {
  opening: string;
  /** Lines of each; one that leads somewhere is a link. */
  paragraphs: (string | Link)[][];
  links: Link[];
  footer: string;
  /** Where its reader says what they are told and when. */
  settings?: string;
}

/** The same twice: as text, and as plain HTML that loads nothing from anywhere. */
export function letterBody(...sections: Section[]): Pick<Letter, 'text' | 'html'> {
  const html = [
    '<!doctype html><html><body style="font:16px/1.6 sans-serif;color:#1a1a1a">',
    ...sections.flatMap(htmlOf),
    '</body></html>',
  ].join('\n');
  return { text: sections.map(textOf).join('\n\n'), html };
}

const textOf = ({ opening, paragraphs, links, footer, settings }: Section): string =>
  [
    opening,
    ...paragraphs.map((lines) => lines.map(typed).join('\n')),
    ...links.map(typed),
    ['--', footer, ...(settings ? [settings] : [])].join('\n'),
  ].join('\n\n');

const htmlOf = ({ opening, paragraphs, links, footer, settings }: Section): string[] => [
  `<p>${escaped(opening)}</p>`,
  ...paragraphs.map((lines) => `<p>${lines.map(drawn).join('<br>')}</p>`),
  ...links.map(({ words, to }) => `<p style="font-size:18px">${anchor(to, words)}</p>`),
  `<hr><p style="color:#595959;font-size:14px">${escaped(footer)}${settings ? `<br>${anchor(settings, settings)}` : ''}</p>`,
];

const typed = (line: string | Link): string => (typeof line === 'string' ? line : `${line.words}\n${line.to}`);
const drawn = (line: string | Link): string => (typeof line === 'string' ? escaped(line) : anchor(line.to, line.words));

const anchor = (to: string, words: string) => `<a href="${escaped(to)}" rel="noreferrer">${escaped(words)}</a>`;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
