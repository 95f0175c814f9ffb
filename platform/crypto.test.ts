import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createBlindIndex, createFieldCipher } from './crypto.ts';

const phone = { table: 'visitor', column: 'phone_enc', row: '0198c0de-0000-7000-8000-000000000001' };
const first = { current: 'f1', keys: { f1: randomBytes(32) } };

describe('an encrypted column', () => {
  const cipher = createFieldCipher(first);

  it('opens where it was sealed, and never looks the same twice', () => {
    const sealed = cipher.seal(phone, '张三 13000000000');
    expect(cipher.open(phone, sealed)).toBe('张三 13000000000');
    expect(cipher.seal(phone, '张三 13000000000').equals(sealed)).toBe(false);
    expect(cipher.open(phone, cipher.seal(phone, ''))).toBe('');
  });

  it('takes bytes that are no text, in the same format', () => {
    const bytes = Buffer.from([0, 255, 216, 128, 0]);
    const sealed = cipher.sealBytes(phone, bytes);
    expect(cipher.openBytes(phone, sealed).equals(bytes)).toBe(true);
    expect(sealed.length).toBe(cipher.seal(phone, '12345').length);
    expect(() => cipher.openBytes({ ...phone, row: 'another' }, sealed)).toThrow();
  });

  it('holds the algorithm and the key id in front', () => {
    const sealed = cipher.seal(phone, 'x');
    expect(sealed[0]).toBe(1);
    expect(sealed.subarray(2, 4).toString()).toBe('f1');
  });

  it('does not open once any byte was changed', () => {
    const sealed = cipher.seal(phone, '13000000000');
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => cipher.open(phone, changed), `byte ${at}`).toThrow();
    }
    for (const length of [0, 1, 2, 10, sealed.length - 1]) {
      expect(() => cipher.open(phone, sealed.subarray(0, length))).toThrow();
    }
  });

  it('does not open in another row, column or table', () => {
    const sealed = cipher.seal(phone, '13000000000');
    expect(() => cipher.open({ ...phone, row: '0198c0de-0000-7000-8000-000000000002' }, sealed)).toThrow();
    expect(() => cipher.open({ ...phone, column: 'openid_enc' }, sealed)).toThrow();
    expect(() => cipher.open({ ...phone, table: 'person' }, sealed)).toThrow();
  });

  it('does not open with a wrong key of the same name', () => {
    const sealed = cipher.seal(phone, '13000000000');
    const stranger = createFieldCipher({ current: 'f1', keys: { f1: randomBytes(32) } });
    expect(() => stranger.open(phone, sealed)).toThrow();
    expect(() => createFieldCipher({ current: 'g1', keys: { g1: randomBytes(32) } }).open(phone, sealed)).toThrow();
  });

  it('still opens after the keys were rotated; new values use the new key', () => {
    const before = cipher.seal(phone, '13000000000');
    const rotated = createFieldCipher({ current: 'f2', keys: { ...first.keys, f2: randomBytes(32) } });
    expect(rotated.open(phone, before)).toBe('13000000000');
    const after = rotated.seal(phone, '13000000000');
    expect(after.subarray(2, 4).toString()).toBe('f2');
    expect(() => cipher.open(phone, after)).toThrow();
  });
});

describe('a blind index', () => {
  it('is equal for equal texts of one kind under one key, and for nothing else', () => {
    const ring = (key: Buffer) => ({ current: 'i1', keys: { i1: key } });
    const key = randomBytes(32);
    const index = createBlindIndex(ring(key));
    expect(index('phone', '13000000000').equals(createBlindIndex(ring(key))('phone', '13000000000'))).toBe(true);
    expect(index('phone', '13000000000').equals(index('openid', '13000000000'))).toBe(false);
    expect(index('phone', '13000000000').equals(createBlindIndex(ring(randomBytes(32)))('phone', '13000000000'))).toBe(
      false,
    );
    expect(index('a', 'b\0c')).toHaveLength(32);
  });

  it('is written by the current key and looked for by every one, the oldest first, whatever the file begins with', () => {
    const [i1, i2, i10] = [randomBytes(32), randomBytes(32), randomBytes(32)];
    const by = (key: Buffer) => createBlindIndex({ current: 'i1', keys: { i1: key } })('phone', '1');
    const index = createBlindIndex({ current: 'i2', keys: { i10, i2, i1 } });
    expect(index('phone', '1')).toEqual(by(i2));
    expect(index.every('phone', '1')).toEqual([by(i1), by(i2), by(i10)]);
    for (const key of [i1, i2, i10]) expect(index.matches(by(key), 'phone', '1')).toBe(true);
    expect([by(randomBytes(32)), null, Buffer.alloc(3)].some((hash) => index.matches(hash, 'phone', '1'))).toBe(false);
  });
});
