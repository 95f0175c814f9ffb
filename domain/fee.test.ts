import { expect, test } from 'vitest';
import { feeOf, feeTable, freeTable, isFree, keptOf, readYuan, surplusOf, vehicleKind, yuan } from './fee.ts';

const table = feeTable.parse({
  per: 'day',
  amounts: {
    personal: { ordinary: 1_000, new_energy: 500, special: 0 },
    official: { ordinary: 0, new_energy: 0, special: 0 },
  },
  payWithin: 24,
  refundsShorter: true,
});

test('a fee goes by channel, plate and days; nobody pays without a vehicle, and official visits are free where the table says so', () => {
  const of = (plate: string | null, days = 1, channel: 'personal' | 'official' = 'personal') =>
    feeOf(table, { channel, plate, days });
  expect([of('京A12345'), of('京AD12345'), of('使014001'), of(null)]).toEqual([1_000, 500, 0, 0]);
  expect(of('京A12345', 3)).toBe(3_000);
  expect(feeOf({ ...table, per: 'visit' }, { channel: 'personal', plate: '京A12345', days: 3 })).toBe(1_000);
  expect(of('京A12345', 1, 'official')).toBe(0);
  expect([isFree(table), isFree(freeTable)]).toEqual([false, true]);
  expect(['京A12345', '沪AF00001', '沪A12345F', '使014001'].map(vehicleKind)).toEqual([
    'ordinary',
    'new_energy',
    'new_energy',
    'special',
  ]);
});

test('a table with a part of a fen, less than nothing, or no row for a channel is none', () => {
  for (const wrong of [0.5, -1, 100_001, '10']) {
    expect(
      feeTable.safeParse({
        ...table,
        amounts: { ...table.amounts, personal: { ...table.amounts.personal, ordinary: wrong } },
      }).success,
    ).toBe(false);
  }
  expect(feeTable.safeParse({ ...table, amounts: { personal: table.amounts.personal } }).success).toBe(false);
  expect(feeTable.safeParse({ ...table, payWithin: 0 }).success).toBe(false);
});

test('yuan are read as people type them, and never rounded', () => {
  const typed = ['10', '10.5', '10.05', '１０．５', '10。50', '¥ 10', '10 元', '0', '0.01'];
  expect(typed.map(readYuan)).toEqual([1_000, 1_050, 1_005, 1_050, 1_050, 1_000, 1_000, 0, 1]);
  for (const none of ['', '-1', '1.234', '1e3', '1,000', 'ten', '１０〇']) expect(readYuan(none), none).toBeUndefined();
  expect([0, 1, 10, 100, 1_005, 100_000].map(yuan)).toEqual(['0.00', '0.01', '0.10', '1.00', '10.05', '1000.00']);
});

test('what is beyond what is owed goes back, newest payment first, and never more than was paid', () => {
  const paid = [
    { order: 'a', amount: 1_000, refunded: 0 },
    { order: 'b', amount: 1_000, refunded: 200 },
  ];
  expect(surplusOf(1_000, paid)).toEqual([{ order: 'b', amount: 800 }]);
  expect(surplusOf(0, paid)).toEqual([
    { order: 'b', amount: 800 },
    { order: 'a', amount: 1_000 },
  ]);
  expect(surplusOf(1_800, paid)).toEqual([]);
  expect(surplusOf(5_000, paid)).toEqual([]);
  expect(keptOf(paid)).toBe(1_800);
});
