/**
 * The plan of a campus: simple shapes in units of its own, x to the east and y to the south, drawn in the order of the
 * list. Gates and buildings are marked on it by points of the same units.
 */

const planKinds = ['area', 'road', 'building'] as const;
export type PlanKind = (typeof planKinds)[number];
export interface PlanPoint {
  x: number;
  y: number;
}
export interface PlanShape {
  /** Areas and buildings are closed; a road is a line. */
  kind: PlanKind;
  points: [x: number, y: number][];
  name?: { 'zh-CN': string; en: string };
}

/** A plan is at most this wide and high, and this rich: a page has ten kilobytes. */
export const planExtent = 1000;
const mostShapes = 60;
const mostPoints = 40;
const longestName = 40;

/** The shapes of a stored or typed plan, or what is wrong with it: the number of the first shape that is not one. */
export function readPlan(value: unknown): { ok: true; shapes: PlanShape[] } | { ok: false; at: number } {
  if (!Array.isArray(value) || value.length > mostShapes) return { ok: false, at: 0 };
  const shapes: PlanShape[] = [];
  for (const [index, one] of value.entries()) {
    const shape = readShape(one);
    if (!shape) return { ok: false, at: index + 1 };
    shapes.push(shape);
  }
  return { ok: true, shapes };
}

/** As it is stored. */
export const writePlan = (shapes: PlanShape[]): object[] =>
  shapes.map(({ kind, points, name }) => ({
    kind,
    points,
    ...(name && { name_zh: name['zh-CN'], name_en: name.en }),
  }));

/** The smallest picture that holds every shape and mark, with a margin: an SVG's viewBox. */
export function planBox(shapes: PlanShape[], marks: PlanPoint[] = []): string {
  const points = [...shapes.flatMap((shape) => shape.points), ...marks.map(({ x, y }) => [x, y] as const)];
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const margin = 40;
  const left = Math.min(...xs) - margin;
  const top = Math.min(...ys) - margin;
  return `${left} ${top} ${Math.max(...xs) + margin - left} ${Math.max(...ys) + margin - top}`;
}

/** Where a closed shape's name is written: the middle of its bounds. */
export function middleOf({ points }: PlanShape): PlanPoint {
  const middle = (values: number[]) => Math.round((Math.min(...values) + Math.max(...values)) / 2);
  return { x: middle(points.map(([x]) => x)), y: middle(points.map(([, y]) => y)) };
}

function readShape(value: unknown): PlanShape | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, points, name_zh, name_en, ...rest } = value as Record<string, unknown>;
  const known = planKinds.find((one) => one === kind);
  if (!known || Object.keys(rest).length > 0 || !Array.isArray(points)) return undefined;
  if (points.length < (known === 'road' ? 2 : 3) || points.length > mostPoints || !points.every(isPoint))
    return undefined;
  if (name_zh === undefined && name_en === undefined) return { kind: known, points };
  if (!isName(name_zh) || !isName(name_en)) return undefined;
  return { kind: known, points, name: { 'zh-CN': name_zh, en: name_en } };
}

const isPoint = (value: unknown): value is [number, number] =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((number) => Number.isInteger(number) && number >= 0 && number <= planExtent);

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= longestName;
