import { expect, test } from 'vitest';
import { refuseWithdrawal } from './withdrawal.ts';

test.each([
  ['nothing speaks against it', {}, undefined],
  ['something newer stands', { replaced: true, changing: true, entered: true }, 'approval_replaced'],
  ['a change waits', { changing: true, entered: true }, 'change_pending'],
  ['somebody came in', { entered: true }, 'pass_used'],
  ['the visit begins', { from: 10 }, 'already_begun'],
] as const)('an approval, where %s', (_, change, expected) => {
  const untouched = { replaced: false, changing: false, entered: false, from: 11 };
  expect(refuseWithdrawal({ ...untouched, ...change }, 10)).toBe(expected);
});
