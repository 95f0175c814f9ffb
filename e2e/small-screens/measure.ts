import type { Page } from 'playwright-core';

/** What is wrong for fingers, eyes and screen readers with a page as it stands, one line a finding. */
export async function problemsOf(page: Page, least: number): Promise<string[]> {
  return page.evaluate<string[]>(`(${probe})(${least})`);
}

/** Every control that can be pressed, in the order of the page, as the Tab key should meet them. */
export async function controlsOf(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(${names})()`);
}

/** What has the focus, and whether somebody can see that. */
export async function focusOf(page: Page): Promise<{ name: string; visible: boolean }> {
  return page.evaluate(`(${focus})()`);
}

// These run inside the page.
const shared = `
  const isShown = (one) => {
    if (!one.checkVisibility({ visibilityProperty: true }) || one.closest('.hidden, .skip, [aria-hidden="true"]')) return false;
    const { width, height } = one.getBoundingClientRect();
    return width > 1 && height > 1;
  };
  const nameOf = (one) =>
    one.localName + ' “' + (one.getAttribute('aria-label') || one.labels?.[0]?.textContent || one.textContent || one.name || '').replace(/\\s+/g, ' ').trim().slice(0, 40) + '”';
  const pressable = () =>
    [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter(isShown);
`;

const probe = `(least) => {
  ${shared}
  const problems = [];
  const root = document.documentElement;
  // One pixel may come of rounding.
  if (root.scrollWidth > root.clientWidth + 1) {
    const wide = [...document.querySelectorAll('body *')].filter((one) => isShown(one) && one.getBoundingClientRect().right > root.clientWidth + 1);
    problems.push('scrolls sideways by ' + (root.scrollWidth - root.clientWidth) + ': ' + wide.slice(-3).map((one) => one.className || one.localName).join(', '));
  }
  // A link within a sentence is as high as its line: it may be.
  const isInText = (one) => one.localName === 'a' && getComputedStyle(one).display === 'inline' && !one.closest('nav');
  // A person who presses a box presses its label too.
  const extent = (one) => {
    const rects = [one, ...(one.labels && ['checkbox', 'radio', 'file'].includes(one.type) ? one.labels : [])].map((part) => part.getBoundingClientRect());
    return {
      width: Math.max(...rects.map((r) => r.right)) - Math.min(...rects.map((r) => r.left)),
      height: Math.max(...rects.map((r) => r.bottom)) - Math.min(...rects.map((r) => r.top)),
    };
  };
  for (const one of pressable()) {
    if (isInText(one)) continue;
    const { width, height } = extent(one);
    if (height < least - 0.5 || width < Math.min(least, 44) - 0.5) problems.push(nameOf(one) + ' is ' + Math.round(width) + '×' + Math.round(height));
  }
  for (const one of document.querySelectorAll('main *')) {
    const style = getComputedStyle(one);
    const cuts = style.overflowX !== 'visible' && style.overflowX !== 'auto' && style.overflowX !== 'scroll';
    // Fewer than four letters a line; a table may.
    const texts = [...one.childNodes].filter(({ nodeType, data }) => nodeType === 3 && data.trim());
    const range = document.createRange();
    range.selectNodeContents(one);
    // A badge beside a name is a little lower than the name: what overlaps is one line.
    const rects = [...range.getClientRects()].sort((a, b) => a.top - b.top);
    let [lines, end] = [0, -Infinity];
    for (const { top, bottom } of rects) {
      if (top >= end - 2) lines += 1;
      end = Math.max(end, bottom);
    }
    const letters = one.textContent.trim().length;
    if (texts.length > 0 && letters > 12 && isShown(one) && !one.closest('table, svg') && letters / lines < 4) problems.push('squeezed: ' + nameOf(one));
    if (cuts && isShown(one) && !['select', 'input'].includes(one.localName) && one.scrollWidth > one.clientWidth + 1) problems.push('cut off: ' + nameOf(one));
  }
  const titles = [...document.querySelectorAll('h1')].filter((one) => !one.closest('[aria-hidden="true"]'));
  if (titles.length !== 1) problems.push(titles.length + ' h1');
  const labels = [...document.querySelectorAll('nav, [role=navigation]')].map((one) => one.getAttribute('aria-label') || document.getElementById(one.getAttribute('aria-labelledby'))?.textContent);
  if (labels.some((label) => !label) || new Set(labels).size !== labels.length) problems.push('navigations are called ' + labels.join(', '));
  for (const one of document.querySelectorAll('[aria-labelledby], [aria-describedby]')) {
    for (const id of [one.getAttribute('aria-labelledby'), one.getAttribute('aria-describedby')].filter(Boolean).join(' ').split(' ')) {
      if (!document.getElementById(id)) problems.push(nameOf(one) + ' points to nothing: ' + id);
    }
  }
  return problems;
}`;

const names = `() => {
  ${shared}
  const radios = new Set();
  return pressable()
    .filter((one) => !one.disabled && one.tabIndex >= 0)
    // One of a group of radio buttons takes the focus for all.
    .filter((one) => one.type !== 'radio' || (!radios.has(one.name) && radios.add(one.name)))
    .map((one) => (one.type === 'radio' ? 'radio ' + one.name : nameOf(one)));
}`;

const focus = `() => {
  ${shared}
  const one = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const { top, bottom, width, height } = one.getBoundingClientRect();
  const ring = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  return {
    name: one.type === 'radio' ? 'radio ' + one.name : nameOf(one),
    visible: ring && width > 1 && height > 1 && bottom > 0 && top < innerHeight,
  };
}`;
