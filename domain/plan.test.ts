import { describe, expect, test } from 'vitest';
import { middleOf, planBox, readPlan, writePlan } from './plan.ts';

const square = {
  kind: 'building',
  points: [
    [100, 100],
    [200, 100],
    [200, 200],
    [100, 200],
  ],
  name_zh: '信息楼',
  name_en: 'Information building',
};
const road = {
  kind: 'road',
  points: [
    [0, 0],
    [300, 0],
  ],
};

describe('a plan', () => {
  test('comes back as it was written', () => {
    const read = readPlan([square, road]);
    expect(read.ok && writePlan(read.shapes)).toEqual([square, road]);
  });

  test.each([
    ['no list', {}, 0],
    ['something unknown', [road, { ...square, kind: 'script' }], 2],
    ['an area of two points', [{ ...square, points: road.points }], 1],
    [
      'a point that is no pair of numbers',
      [
        {
          ...road,
          points: [
            [0, 0],
            ['1" onload="x', 2],
          ],
        },
      ],
      1,
    ],
    [
      'a point outside',
      [
        {
          ...road,
          points: [
            [0, 0],
            [1001, 0],
          ],
        },
      ],
      1,
    ],
    [
      'half a point',
      [
        {
          ...road,
          points: [
            [0, 0],
            [0.5, 0],
          ],
        },
      ],
      1,
    ],
    ['a name in one language', [{ ...square, name_en: undefined }], 1],
    ['a name that is too long', [{ ...square, name_zh: '长'.repeat(41) }], 1],
    ['more than shapes and names', [{ ...square, onclick: 'x' }], 1],
    ['too many shapes', Array.from({ length: 61 }, () => road), 0],
  ])('with %s is refused', (_, plan, at) => {
    expect(readPlan(JSON.parse(JSON.stringify(plan)))).toEqual({ ok: false, at });
  });

  test('is drawn with a margin around everything on it, and names stand in the middle', () => {
    const read = readPlan([square, road]);
    const shapes = read.ok ? read.shapes : [];
    expect(planBox(shapes, [{ x: 150, y: 400 }])).toBe('-40 -40 380 480');
    expect(shapes[0] && middleOf(shapes[0])).toEqual({ x: 150, y: 150 });
  });
});
