import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { askedBy } from './metric-names.ts';
import { alertRules, dashboardPanels } from './watched.ts';

const operations = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');
const anchors = [...operations.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
  title.toLowerCase().replaceAll(' ', '-'),
);
const rules = alertRules();

it.each(rules)(
  '$alert says what is wrong, what to do and where that is written',
  ({ annotations, labels, ...rule }) => {
    expect(Object.keys(annotations).toSorted()).toEqual(['action', 'runbook', 'summary']);
    const [page, anchor] = annotations.runbook?.split('#') ?? [];
    expect(page).toBe('docs/operations.md');
    expect(anchors).toContain(anchor);
    expect(operations).toContain(`\`${rule.alert}\``);
    expect(['page', 'ticket']).toContain(labels.severity);
    expect(rule.for ?? '1m').toMatch(/^\d+[mh]$/);
    // What a sentence takes from a label has to be left by the expression.
    const text = Object.values(annotations).join(' ');
    for (const [, label] of text.matchAll(/\$labels\.(\w+)/g))
      expect(rule.expr).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b|^up`));
  },
);

it('no two rules have one name', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  expect(rules.length).toBeGreaterThan(15);
});

it('no panel is empty or lies over another one', () => {
  const panels = dashboardPanels();
  for (const { type, title, targets = [] } of panels) {
    if (type !== 'row')
      expect(
        targets.flatMap(({ expr }) => askedBy(expr)),
        title,
      ).not.toEqual([]);
  }
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});
