import { expect, it } from 'vitest';
import { criteria, criterionOf } from './criteria.ts';
import { reportOf } from './report.ts';

const report = (result: 'pass' | 'violation' | 'incomplete' | 'inapplicable') =>
  reportOf(
    [{ page: 'visitor /', rules: [{ rule: 'color-contrast', tags: ['cat.color', 'wcag2aa', 'wcag143'], result }] }],
    {
      date: '2026-11-30',
      dresses: ['zh-CN'],
      axe: '4',
    },
  );
const lineOf = (text: string, number: string) => text.split('\n').find((line) => line.startsWith(`| ${number} `)) ?? '';

it('knows the 55 criteria of A and AA, and axe’s names for them', () => {
  expect([criteria.filter(({ level }) => level === 'A').length, criteria.length]).toEqual([31, 55]);
  expect(['wcag1410', 'wcag258', 'wcag2aa', 'section508'].map(criterionOf)).toEqual([
    '1.4.10',
    '2.5.8',
    undefined,
    undefined,
  ]);
});

it.each([
  ['pass', 'no violation found'],
  ['violation', '**violations found**'],
  ['incomplete', 'not judged by axe'],
  ['inapplicable', 'not judged by axe'],
] as const)('a rule that ends with %s reads “%s”', (result, words) => {
  expect(lineOf(report(result), '1.4.3')).toContain(`| ${words} |`);
});

it('names what is wrong and where, and claims nothing where nobody looked', () => {
  expect(report('violation')).toContain('- `color-contrast`: visitor /');
  expect(report('pass')).toContain('No violation of any rule.');
  expect(lineOf(report('pass'), '1.2.2')).toContain('not judged by axe | no rule | – |');
});
