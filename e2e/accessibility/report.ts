import type { RuleResult } from '../browser.ts';
import { criteria, criterionOf } from './criteria.ts';

/** docs/duties/accessibility.md, out of what axe found on every page. */

export interface PageResult {
  /** Whom the page was drawn for, where, and in which dress. */
  page: string;
  rules: RuleResult[];
}

interface Sum {
  rules: Set<string>;
  passed: Set<string>;
  violated: Set<string>;
  incomplete: Set<string>;
}

export function reportOf(results: PageResult[], of: { date: string; dresses: string[]; axe: string }): string {
  const sums = sumsOf(results);
  const lines = criteria.map(({ number, name, level, tested }) => {
    const sum = sums.get(number);
    return `| ${number} ${name} | ${level} | ${wordsOf(sum)} | ${sum ? axeWords(sum) : 'no rule'} | ${tested ?? '–'} |`;
  });
  const judged = criteria.filter(({ number, tested }) => tested || wordsOf(sums.get(number)) !== notJudged).length;
  return `# 无障碍符合性报告 Accessibility conformance report

WCAG 2.2, levels A and AA, in the manner of a VPAT. Made by \`npm run accessibility\` on ${of.date}: do not edit. axe-core ${of.axe} looked at ${results.length} drawings of pages –
every page of \`e2e/every-page/table.ts\` as its own person meets it – in these dresses: ${of.dresses.join('; ')}.

**What this says.** A machine finds a part of what is wrong. *No violation found* means that the rules axe has for a criterion found nothing on any page; it does not mean that the criterion is met. *Not judged by axe* means that no rule
looks at it, or none found anything to look at: a person has to. ${judged} of ${criteria.length} criteria are looked at by a rule or by a test of ours. The gate's own page and what a browser cannot show (printed passes, text messages) are left out. A *page* of the table is
an address as one person meets it, in one dress; there may be several drawings of it.

**本报告的含义**：自动检查只能发现一部分问题。“No violation found”表示自动规则未发现问题，不等于已满足该准则；“Not judged by axe”须由人工检查。学校对外声明符合等级前，应由人工（含读屏软件用户）补充检查。

| criterion | level | result | axe: rules, pages | tests of ours |
|---|---|---|---|---|
${lines.join('\n')}

## What axe found

${found(results)}
`;
}

const notJudged = 'not judged by axe';

function sumsOf(results: PageResult[]): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const { page, rules } of results) {
    for (const { rule, tags, result } of rules) {
      for (const number of new Set(tags.map(criterionOf).filter((one) => one !== undefined))) {
        const sum = sums.get(number) ?? {
          rules: new Set(),
          passed: new Set(),
          violated: new Set(),
          incomplete: new Set(),
        };
        sums.set(number, sum);
        sum.rules.add(rule);
        if (result === 'pass') sum.passed.add(page);
        if (result === 'violation') sum.violated.add(page);
        if (result === 'incomplete') sum.incomplete.add(page);
      }
    }
  }
  return sums;
}

function wordsOf(sum: Sum | undefined): string {
  if (!sum) return notJudged;
  if (sum.violated.size > 0) return '**violations found**';
  return sum.passed.size > 0 ? 'no violation found' : notJudged;
}

const axeWords = ({ rules, passed, violated, incomplete }: Sum): string =>
  [
    `${rules.size} ${rules.size === 1 ? 'rule' : 'rules'}`,
    `right on ${passed.size}`,
    ...(violated.size > 0 ? [`wrong on ${violated.size}`] : []),
    ...(incomplete.size > 0 ? [`cannot tell on ${incomplete.size}`] : []),
  ].join(', ');

function found(results: PageResult[]): string {
  const of = (kind: RuleResult['result']) =>
    Map.groupBy(
      results.flatMap(({ page, rules }) =>
        rules.filter(({ result }) => result === kind).map(({ rule }) => ({ page, rule })),
      ),
      ({ rule }) => rule,
    );
  const violations = [...of('violation')].map(
    ([rule, pages]) => `- \`${rule}\`: ${pages.map(({ page }) => page).join(', ')}`,
  );
  const incomplete = [...of('incomplete')].map(([rule, pages]) => `- \`${rule}\`: on ${pages.length} drawings`);
  return [
    violations.length > 0 ? `Violations:\n\n${violations.join('\n')}` : 'No violation of any rule.',
    incomplete.length > 0 ? `Rules that could not tell, to be looked at by a person:\n\n${incomplete.join('\n')}` : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}
