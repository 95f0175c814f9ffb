/** One measured number (or one a process), beside what it was compared with in the same run. */
export interface Figure {
  name: string;
  value: number | Record<string, number>;
  unit: string;
  target?: { atLeast: number } | { atMost: number };
  /** What else was seen: the baseline's own value, percentiles, counts. */
  seen: Record<string, number | string>;
}

/** Undefined where nothing was promised. */
function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined || typeof value !== 'number') return undefined;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

/** Three significant digits: a noisy machine knows no more. */
export const round = (value: number): number => Number(value.toPrecision(3));

/** For a person: one line a figure, its circumstances below. */
export function describe(figure: Figure): string {
  const { name, value, unit, target, seen } = figure;
  const shown = typeof value === 'number' ? `${value}` : list(value);
  const wanted = target && ('atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`);
  const verdict = wanted ? `target ${wanted}: ${isMet(figure) ? 'met' : 'MISSED'}` : 'reported';
  return `${name.padEnd(22)} ${shown} ${unit}  (${verdict})\n${' '.repeat(23)}${list(seen)}`;
}

const list = (values: Record<string, number | string>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${value}`)
    .join(' · ');

/** For a machine: `reservation_ratio: 0.6` at the top, targets and baselines beside. */
export function asObject(figures: Figure[]): Record<string, unknown> {
  return {
    ...Object.fromEntries(figures.map(({ name, value }) => [name, value])),
    met: Object.fromEntries(
      figures.flatMap((figure) => (isMet(figure) === undefined ? [] : [[figure.name, isMet(figure)]])),
    ),
    targets: Object.fromEntries(figures.flatMap(({ name, target }) => (target ? [[name, target]] : []))),
    seen: Object.fromEntries(figures.map(({ name, seen }) => [name, seen])),
  };
}
