import { expect, it } from 'vitest';
import { limitOf } from './sending.ts';

it('a short wait is told in seconds and a long one in begun minutes', () => {
  const told = (wait: number) => limitOf({ result: 'limited', wait });
  expect(told(60)).toEqual({ key: 'register.wait', params: { seconds: 60, minutes: 1 } });
  expect(told(90).key).toBe('register.wait');
  expect(told(91)).toEqual({ key: 'error.too_many', params: { seconds: 91, minutes: 2 } });
});
