import { parser } from '@prometheus-io/lezer-promql';

/** What expressions of Prometheus ask for, and what a `/metrics` has. */

/** A metric as an expression asks for it: its name and the labels that it must have. */
export interface Asked {
  name: string;
  /** With the value where the expression wants this one value. */
  labels: { name: string; value?: string }[];
}

/** @throws Error when it is no expression of Prometheus's language, with the place where it ends to be one */
export function askedBy(expression: string): Asked[] {
  const asked: Asked[] = [];
  const cursor = parser.parse(expression).cursor();
  const text = () => expression.slice(cursor.from, cursor.to);
  do {
    if (cursor.type.isError) throw new Error(`Not PromQL from ${cursor.from} on: ${expression}`);
    if (cursor.name === 'VectorSelector') asked.push({ name: '', labels: [] });
    const [last] = asked.slice(-1);
    if (cursor.name === 'Identifier' && last) last.name = text();
    if (cursor.name === 'UnquotedLabelMatcher') last?.labels.push(matcherIn(text()));
  } while (cursor.next());
  return asked;
}

function matcherIn(text: string): Asked['labels'][number] {
  const [, name = '', how, value = ''] = /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(text) ?? [];
  return how === '=' ? { name, value } : { name };
}

/** A sample of a `/metrics`: its name and labels. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
}

export function samplesIn(metrics: string): Sample[] {
  return metrics
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = ''] = /^([\w:]+)(?:\{(.*)\})? /.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
      return { name, labels: Object.fromEntries(pairs.map(([, label = '', value = '']) => [label, value])) };
    });
}

/** Whether any of these samples answers to what was asked for. */
export function answers(samples: Sample[], { name, labels }: Asked): boolean {
  return samples.some(
    (sample) =>
      sample.name === name &&
      labels.every(
        (label) =>
          label.name in sample.labels && (label.value ?? sample.labels[label.name]) === sample.labels[label.name],
      ),
  );
}
