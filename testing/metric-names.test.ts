import { expect, it } from 'vitest';
import { answers, askedBy, samplesIn } from './metric-names.ts';

it('finds every metric of an expression and its labels, and nothing else', () => {
  const expression = `100 * sum by (route, le) (rate(web_request_seconds_count{status=~"5..", method="GET"}[5m] offset 1h))
    / on (instance) group_left (gate) max_over_time(up[2m]) > bool 0.5 and node:load1 >= 1e3`;
  expect(askedBy(expression)).toEqual([
    { name: 'web_request_seconds_count', labels: [{ name: 'status' }, { name: 'method', value: 'GET' }] },
    { name: 'up', labels: [] },
    { name: 'node:load1', labels: [] },
  ]);
});

it.each(['sum by (a) (rate(x[5m])', 'max(x) >', 'rat(x)', 'x{a=b}'])('refuses %s', (expression) => {
  expect(() => askedBy(expression)).toThrow('Not PromQL');
});

it('compares name, labels and values with what is there', () => {
  const samples = samplesIn('# TYPE faults gauge\nfaults{kind="gates",a="x\\"y"} 3\nplain 1\n');
  expect(answers(samples, { name: 'faults', labels: [{ name: 'kind', value: 'gates' }] })).toBe(true);
  expect(answers(samples, { name: 'plain', labels: [] })).toBe(true);
  expect(answers(samples, { name: 'faults', labels: [{ name: 'kind', value: 'doors' }] })).toBe(false);
  expect(answers(samples, { name: 'faults', labels: [{ name: 'of' }] })).toBe(false);
  expect(answers(samples, { name: 'fault', labels: [] })).toBe(false);
});
