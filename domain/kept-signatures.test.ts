import { expect, test } from 'vitest';
import { keptSignatures, seatKey } from './kept-signatures.ts';

const approver = seatKey({ department: 'd' });
const head = seatKey({ department: 'd', role: 'head' });
const by = (staff: string, decision: string, seat = approver) => ({
  decision,
  seat,
  staff,
  behalf: null,
  extends: true,
});
const asks = (step: number, seat: string, actors: string[] = [], need = 2) => ({ step, need, seat, actors });
const decisions = (...of: Parameters<typeof keptSignatures>) => keptSignatures(...of).map((one) => one?.decision);

test('a signature stays where the same seat is asked for, wherever in the order', () => {
  const given = [by('a', '1'), by('h', '2', head)];
  expect(decisions([asks(0, head), asks(1, approver)], given, false)).toEqual(['2', '1']);
  expect(decisions([asks(0, seatKey({ department: 'other' }))], given, false)).toEqual([undefined]);
});

test('nobody signs twice in a step, nor by one decision where each step asks anew', () => {
  const given = [by('a', '1'), by('a', '2')];
  expect(decisions([asks(0, approver), asks(0, approver)], given, false)).toEqual(['1', undefined]);
  expect(decisions([asks(0, approver), asks(1, approver)], given, false)).toEqual(['1', '2']);
  const also = [by('a', '1'), by('a', '1', head)];
  expect(decisions([asks(0, approver), asks(1, head)], also, false)).toEqual(['1', undefined]);
  expect(decisions([asks(0, approver), asks(1, head)], also, true)).toEqual(['1', '1']);
});

test('who signed signs the later steps with it, never an earlier one, and not for somebody else', () => {
  const asked = [asks(0, head, ['a']), asks(1, approver, ['a']), asks(2, head, ['a', 'b'])];
  expect(decisions(asked, [by('a', '1')], true)).toEqual([undefined, '1', '1']);
  expect(decisions(asked, [{ ...by('a', '1'), extends: false }], true)).toEqual([undefined, '1', undefined]);
});

test('who may not give it keeps none', () => {
  expect(decisions([{ ...asks(0, approver), notBy: ['a'] }], [by('a', '1')], true)).toEqual([undefined]);
});

test('none stays, and none counts for a later step, where another one that is needed would be left with nobody', () => {
  const named = seatKey({ department: 'd', people: ['a'] });
  const both = (step: number, need?: number) => [
    asks(step, approver, ['a', 'b'], need),
    asks(step, named, ['a'], need),
  ];
  expect(decisions(both(0), [by('a', '1')], true)).toEqual([undefined, undefined]);
  expect(decisions(both(0), [by('a', '1'), by('b', '2')], true)).toEqual(['2', undefined]);
  expect(decisions(both(0), [by('a', '1', named)], true)).toEqual([undefined, '1']);
  expect(decisions(both(0, 1), [by('a', '1')], true), 'one is enough').toEqual(['1', undefined]);
  expect(decisions([asks(0, head), ...both(1)], [by('a', '1', head)], true)).toEqual(['1', undefined, '1']);
});
