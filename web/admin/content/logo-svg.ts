/**
 * An emblem as an office uploads it: a drawing and nothing else. What is not on the lists is refused rather than cut
 * out, so that nobody is surprised by half a picture; only the prolog and comments are dropped.
 */

const elements = new Set([
  'svg',
  'g',
  'defs',
  'title',
  'desc',
  'path',
  'rect',
  'circle',
  'ellipse',
  'line',
  'polyline',
  'polygon',
  'linearGradient',
  'radialGradient',
  'stop',
  'clipPath',
  'mask',
  'use',
  'symbol',
  'text',
  'tspan',
]);
const attributes =
  /^(xmlns(:xlink)?|version|viewBox|width|height|x|y|x1|y1|x2|y2|cx|cy|r|rx|ry|fx|fy|dx|dy|d|points|id|class|role|aria-label|aria-hidden|transform|fill|fill-rule|fill-opacity|clip-rule|clip-path|mask|opacity|stroke|stroke-(width|linecap|linejoin|miterlimit|dasharray|dashoffset|opacity)|offset|stop-color|stop-opacity|gradientUnits|gradientTransform|spreadMethod|clipPathUnits|maskUnits|preserveAspectRatio|font-family|font-size|font-weight|text-anchor|(xlink:)?href|xml:space)$/;
const namespaces = new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']);
const longest = 20_000;

/** @returns the drawing without prolog and comments, or the catalogue key of what is wrong with it */
export function readLogo(text: string): { ok: true; value: string } | { ok: false; problem: string } {
  const refused = { ok: false, problem: 'content.problem.svg' } as const;
  if (text.length > longest) return { ok: false, problem: 'field.too_long' };
  const svg = text
    .trim()
    .replace(/^\ufeff?<\?xml [^<>]*\?>\s*/, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .trim();
  const open: string[] = [];
  const tag = /<(\/?)([A-Za-z]+)((?:\s+[A-Za-z][\w:-]*\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*)\s*(\/?)>|([^<>]+)/y;
  for (let at = 0; at < svg.length; at = tag.lastIndex) {
    tag.lastIndex = at;
    const found = tag.exec(svg);
    if (!found) return refused;
    const [, closing, name = '', inside = '', empty, between] = found;
    if (between !== undefined) {
      if (!isText(between) || (open.length === 0 && between.trim() !== '')) return refused;
      continue;
    }
    if (closing) {
      if (open.pop() !== name || inside || empty) return refused;
      if (open.length === 0 && svg.slice(tag.lastIndex).trim() !== '') return refused;
      continue;
    }
    if (!elements.has(name) || (open.length === 0) !== (name === 'svg') || !areHarmless(inside)) return refused;
    if (!empty) open.push(name);
  }
  const isWhole = open.length === 0 && /^<svg\s[^>]*xmlns\s*=\s*["']http:\/\/www\.w3\.org\/2000\/svg["']/.test(svg);
  return isWhole && /^<svg\s[^>]*viewBox\s*=/.test(svg) ? { ok: true, value: svg } : refused;
}

function areHarmless(inside: string): boolean {
  for (const [, name = '', quoted = ''] of inside.matchAll(/([\w:-]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
    const value = quoted.slice(1, -1).trim();
    if (!attributes.test(name) || !isText(value)) return false;
    if (name.startsWith('xmlns') ? !namespaces.has(value) : /[a-z]+:|\/\//i.test(value)) return false;
    if (name.endsWith('href') && !/^#[\w-]+$/.test(value)) return false;
    if (/url\s*\(/i.test(value) && !/^url\(#[\w-]+\)$/.test(value)) return false;
  }
  return true;
}

/** No entities but the five of XML, so that nothing is spelt in a way that the lists do not read. */
const isText = (text: string): boolean => !/&(?!(amp|lt|gt|quot|apos);)/.test(text) && !text.includes('\0');
