import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { askedBy } from './metric-names.ts';
import { alertGroups, alertRules, dashboard, dashboardPanels } from './watched.ts';

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
    expect(operations).toMatch(
      new RegExp(`^\\| \`${rule.alert}\`${labels.severity === 'page' ? ' \\(page\\)' : ''} \\|`, 'm'),
    );
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

it('rules have nothing that Prometheus would refuse', () => {
  for (const group of alertGroups()) {
    expect(Object.keys(group).toSorted()).toEqual(['name', 'rules']);
    for (const { expr, ...rule } of group.rules) {
      const known = ['alert', 'annotations', 'expr', 'for', 'labels'];
      expect(known).toEqual(expect.arrayContaining(Object.keys(rule)));
      expect(askedBy(expr), rule.alert).not.toEqual([]);
    }
  }
});

it('Grafana finds what it demands of a dashboard', () => {
  const { uid, title, schemaVersion, time, templating, panels } = dashboard();
  expect(uid).toMatch(/^[\w-]{1,40}$/);
  expect(title).not.toBe('');
  expect(Number.isInteger(schemaVersion)).toBe(true);
  expect(time).toEqual({ from: expect.stringMatching(/^now-\d+[hd]$/), to: 'now' });
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const sources = templating.list.filter(({ type, query }) => type === 'datasource' && query === 'prometheus');
  expect(sources).toHaveLength(1);
  const source = { type: 'prometheus', uid: `\${${sources[0]?.name}}` };
  for (const { id, type, datasource, targets = [] } of panels) {
    expect(Number.isInteger(id) && id > 0).toBe(true);
    expect(['row', 'stat', 'timeseries']).toContain(type);
    if (type === 'row') continue;
    expect(datasource).toEqual(source);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    for (const target of targets) {
      expect(target.datasource).toEqual(source);
      // What a legend takes from a label has to be left by the expression.
      for (const [, label] of target.legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g))
        expect(target.expr).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b`));
    }
  }
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
