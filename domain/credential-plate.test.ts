import { describe, expect, test } from 'vitest';
import type { CredentialReader } from './credential-kind.ts';
import { plate } from './credential-plate.ts';
import { kindOfTyped } from './credentials.ts';
import type { KnownPass } from './known-pass.ts';

const now = 1_800_000_000_000;
const hour = 3_600_000;
const pass = (version: number, from: number, until: number, revoked = false): KnownPass => ({
  reservation: '00000000-0000-4000-8000-000000000001',
  ordinal: 0,
  version,
  revoked,
  from: now + from * hour,
  until: now + until * hour,
  gates: 3n,
});
const read = (value: string, ...known: KnownPass[]) => {
  const asked: string[] = [];
  const findByPlate = (text: string) => {
    asked.push(text);
    return known;
  };
  const passes = { find: () => undefined, findByCode: () => [], findByPlate };
  const found = plate.read({ value }, { passes, campus: 1, now } as unknown as CredentialReader);
  return { asked, version: found?.presented.version, proof: found?.presented.proof };
};

describe('a plate', () => {
  test('is looked up as it is kept, whatever the camera or the guard writes', () => {
    expect(read('京a·12345', pass(1, -1, 1))).toEqual({ asked: ['京A12345'], version: 1, proof: 'none' });
    expect(read('沪A00000').version).toBeUndefined();
  });

  test.each<[string, KnownPass[], number]>([
    ['the visit that goes on', [pass(1, -9, -8), pass(2, -1, 1), pass(3, 2, 3)], 2],
    ['the next one', [pass(1, -9, -8), pass(3, 2, 3), pass(4, 20, 21)], 3],
    ['the one that has just ended', [pass(1, -3, -1), pass(2, -9, -8)], 1],
    ['of two that go on the one that is not revoked', [pass(1, -1, 1, true), pass(2, -1, 1)], 2],
  ])('of several visits is %s', (_name, known, version) => {
    expect(read('京A12345', ...known).version).toBe(version);
  });

  test.each(['京A12345', '沪a e2-2075', '使014578', 'WJ京1234X'])('typed at a gate is a plate: %s', (text) => {
    expect(kindOfTyped(text)).toBe('plate');
  });

  test.each(['XM1:6BF', '张三XM1:6BF', 'xm1；6bf', ':6BF0'.repeat(20)])('typed at a gate is a pass: %s', (text) => {
    expect(kindOfTyped(text)).toBe('qr');
  });

  test.each(['ABCD-EFGH', '12345678', '张三', '11019919900101904X'])('typed at a gate is none: %s', (text) => {
    expect(kindOfTyped(text)).toBe('code');
  });
});
