import { expect, test } from 'vitest';
import type { Department, Gate } from '../../store/content/content.ts';
import { suggestedGate } from './getting-here.ts';

const gate = (id: string, number: number, x?: number): Gate => ({
  id,
  number,
  version: 1,
  campus: 'main',
  name: { 'zh-CN': id, en: id },
  coordinates: null,
  hours: null,
  hint: null,

  planPoint: x === undefined ? null : { x, y: 0 },
  retiredAt: null,
});
const department = (nearestGate: string | null, x?: number): Department => ({
  id: 'it',
  version: 1,
  campus: 'main',
  parent: null,
  name: { 'zh-CN': '信息学院', en: 'IT' },
  building: null,

  planPoint: x === undefined ? null : { x, y: 0 },
  receives: true,
  attended: true,
  nearestGate,
  closedAt: null,
});
const gates = [gate('east', 2, 900), gate('south', 1, 100)];

test.each([
  ['the one that the department names, also where another is nearer on the plan', department('south', 890), 'south'],
  ['the nearest on the plan where it names none', department(null, 890), 'east'],
  ['the nearest on the plan where the one that it names is not in service', department('north', 890), 'east'],
  ['the first where nothing is known', department(null), 'south'],
  ['the first where the department is not known', undefined, 'south'],
])('the suggested gate is %s', (_, to, expected) => {
  expect(suggestedGate(gates, to)?.id).toBe(expected);
});
