import { describe, expect, test } from 'vitest';
import { university } from '../../../bin/seed/content.ts';
import { readLogo } from './logo-svg.ts';

const svg = (inside: string, more = '') =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"${more}>${inside}</svg>`;

describe('an emblem', () => {
  test.each([
    ['the demo’s', university.logo_svg],
    [
      'shapes and a gradient of its own',
      svg(
        '<defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient></defs><path fill="url(#a)" d="M0 0h8"/><use href="#b"/>',
      ),
    ],
    ['text', svg('<title>A &amp; B</title><text x="1" y="2">校</text>')],
  ])('of %s is taken as it is', (_, text) => {
    expect(readLogo(text)).toEqual({ ok: true, value: text });
  });

  test('loses its prolog and comments', () => {
    const drawn = svg('<path d="M0 0"/>');
    const text = `<?xml version="1.0"?>\n<!-- made by a program -->${drawn}`;
    expect(readLogo(text)).toEqual({ ok: true, value: drawn });
  });

  test.each([
    ['a script', svg('<script>alert(1)</script>')],
    ['an event', svg('<path d="M0 0" onclick="alert(1)"/>')],
    ['an event on the root', svg('', ' onload="alert(1)"')],
    ['foreignObject', svg('<foreignObject><p>x</p></foreignObject>')],
    ['an image from elsewhere', svg('<image href="https://e.com/x.png"/>')],
    ['a use from elsewhere', svg('<use href="https://e.com/x.svg#a"/>')],
    ['a use of data', svg('<use xlink:href="data:image/svg+xml,x"/>')],
    ['a fill from elsewhere', svg('<path fill="url(https://e.com/x)"/>')],
    ['a fill from elsewhere, spelt apart', svg('<path fill="url( //e.com/x )"/>')],
    ['a style sheet', svg('<style>@import "https://e.com"</style>')],
    ['a style', svg('<path style="fill:url(//e.com)"/>')],
    ['a link', svg('<a href="#x"><path d="M0 0"/></a>')],
    ['an animation', svg('<set attributeName="href" to="javascript:alert(1)"/>')],
    ['a doctype', `<!DOCTYPE svg [<!ENTITY x "y">]>${svg('&x;')}`],
    ['an entity', svg('<text>&x;</text>')],
    ['a numbered entity', svg('<use href="&#106;avascript:x"/>')],
    ['CDATA', svg('<text><![CDATA[<script>]]></text>')],
    ['an instruction', svg('<?xml-stylesheet href="https://e.com"?>')],
    ['a tag inside a tag', svg('<pa<script>th/>')],
    ['a tag left open', svg('<g>')],
    ['a second root', svg('') + svg('')],
    ['text around it', `x${svg('')}`],
    ['no viewBox', '<svg xmlns="http://www.w3.org/2000/svg"></svg>'],
    ['no namespace', '<svg viewBox="0 0 8 8"></svg>'],
    ['another namespace', svg('<g xmlns="http://www.w3.org/1999/xhtml"/>')],
    ['no drawing', 'hello'],
    ['too much', svg(`<path d="${'M0 0'.repeat(6000)}"/>`)],
  ])('with %s is refused', (_, text) => {
    expect(readLogo(text).ok).toBe(false);
  });
});
