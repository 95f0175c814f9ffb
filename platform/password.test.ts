import { expect, it } from 'vitest';
import { hashPassword, verifyPassword } from './password.ts';

it('a password is known again, in whichever Unicode form it is typed', async () => {
  const stored = await hashPassword('Ａé-密码');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verifyPassword('Aé-密码', stored)).toBe(true);
  expect(await verifyPassword('Aé-密碼', stored)).toBe(false);
  expect(await verifyPassword('', '')).toBe(false);
  expect(await hashPassword('Ａé-密码')).not.toBe(stored);
});
