/** What expressions of Prometheus ask for, and what a `/metrics` has; as much of both languages as our files use. */

/** A metric as an expression asks for it: its name and the labels that it must have. */
export interface Asked {
  name: string;
  /** With the value where the expression wants this one value. */
  labels: { name: string; value?: string }[];
}

const words = new Set(['and', 'or', 'unless', 'bool', 'offset', 'by', 'without', 'on', 'ignoring', 'inf', 'nan']);
const grouping = /\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;
const selector = /\b([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\})?(?!\w|\s*\()/g;

export function askedBy(expression: string): Asked[] {
  const plain = expression
    .replace(grouping, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b\d[\d.]*[a-z]*\b/g, ' ');
  return [...plain.matchAll(selector)]
    .map(([, name = '', labels = '']) => ({ name, labels: labelsIn(labels) }))
    .filter(({ name }) => !words.has(name.toLowerCase()));
}

function labelsIn(text: string): Asked['labels'] {
  return [...text.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, name = '', how, value = '']) =>
    how === '=' ? { name, value } : { name },
  );
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
