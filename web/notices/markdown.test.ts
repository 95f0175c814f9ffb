import { load } from 'cheerio';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderMarkdown } from './markdown.ts';

const allowedTags = new Set([
  'p',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'ul',
  'ol',
  'li',
  'strong',
  'em',
  's',
  'a',
  'br',
  'hr',
  'code',
  'pre',
  'blockquote',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'html',
  'head',
  'body',
]);
const allowedAttributes = new Set(['href', 'title', 'start', 'class', 'style']);

/** What a reader could be harmed by: nothing but text, harmless tags and links to the web or to us. */
function unsafe(html: string): string[] {
  const $ = load(html);
  const found: string[] = [];
  $('*').each((_, node) => {
    if (node.type !== 'tag' && node.type !== 'script' && node.type !== 'style') return;
    if (!allowedTags.has(node.name)) found.push(`<${node.name}>`);
    for (const [name, value] of Object.entries(node.attribs)) {
      if (!allowedAttributes.has(name)) found.push(`${name}=`);
      if (name === 'style' && !/^text-align:(left|right|center)$/.test(value)) found.push(`style ${value}`);
      if (name === 'href' && !/^($|https?:\/\/|mailto:|tel:|\/(?!\/)|#)/i.test(value)) found.push(`href ${value}`);
    }
  });
  return found;
}

const harmful = fc.constantFrom(
  '<script>',
  '</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<iframe src="//e.com">',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java&#x73;cript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  '//e.com',
  '\\\\e.com',
  '/\\e.com',
  '/\t/e.com',
  '![x](',
  '[x](',
  '](',
  ')',
  '[x]: ',
  '[x]',
  '<',
  '>',
  '"',
  "'",
  '`',
  '```\n',
  '    ',
  '\n',
  '\n\n',
  '# ',
  '- ',
  '1. ',
  '| a | b |\n|:-|-:|\n',
  '**',
  '~~',
  '> ',
  '&lt;',
  '&#60;',
  '\\',
  '<a href="javascript:x">',
  '<https://e.com>',
  '<javascript:alert(1)>',
  ' onclick=x ',
  '<style>',
  '<!--',
  ']]>',
);

test('nothing unsafe survives in any text', () => {
  const written = fc.array(fc.oneof({ weight: 4, arbitrary: harmful }, fc.string({ maxLength: 6 })), { maxLength: 24 });
  fc.assert(
    fc.property(written, (parts) => {
      expect(unsafe(renderMarkdown(parts.join('')))).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
});

test('links lead to the web or to us, and what is no link stays as it was written', () => {
  for (const to of ['https://example.com', '/privacy', '#top', 'tel:110', 'mailto:a@example.com'])
    expect(load(renderMarkdown(`[x](${to})`))('a').attr('href')).toBe(to);
  for (const to of ['javascript:x', '//example.com', 'data:text/html,x', 'file:///etc/passwd', '/\\example.com']) {
    expect(load(renderMarkdown(`[x](${to})`))('a').attr('href') ?? '/').toMatch(/^\/(?![/\\])/);
  }
});
