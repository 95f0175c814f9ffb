import { expect, it } from 'vitest';
import { isChild, minorOf, needsGuardian } from './age.ts';

const noon = Date.parse('2026-11-29T12:00:00+08:00');

it('somebody is a child until their fourteenth birthday in Shanghai, and a minor until their eighteenth', () => {
  expect(minorOf('2012-11-30', noon)).toBe('child');
  expect(minorOf('2012-11-29', noon)).toBe('minor');
  expect(minorOf('2008-11-30', noon)).toBe('minor');
  expect(minorOf('2008-11-29', noon)).toBeNull();
  const justAfterMidnight = Date.parse('2026-11-29T00:10:00+08:00');
  expect(isChild('2012-11-29', justAfterMidnight)).toBe(false);
  expect(isChild('2012-11-29', justAfterMidnight - 1_200_000)).toBe(true);
});

it('a child needs a guardian until one has agreed; an unknown birth date needs none', () => {
  expect(needsGuardian({ birthDay: '2015-01-01', guardian: null }, noon)).toBe(true);
  expect(needsGuardian({ birthDay: '2015-01-01', guardian: 'g' }, noon)).toBe(false);
  expect(needsGuardian({ birthDay: null, guardian: null }, noon)).toBe(false);
});
