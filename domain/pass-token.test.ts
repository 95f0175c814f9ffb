import { createHash, createPublicKey, generateKeyPairSync, sign as signWith, verify as verifyWith } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gatesBitmap, gatesToBits, includesGate } from './gates-bitmap.ts';
import {
  boundLength,
  decodeClaims,
  encodeClaims,
  fromQrText,
  type KeyUse,
  type PassClaims,
  passLength,
  phoneKeyOf,
  readPass,
  renewedLength,
  renewPass,
  showBoundPass,
  shownBoundLength,
  signBoundPass,
  signPass,
  signStaticPass,
  tokensIn,
  toQrText,
  type Verify,
  type VerifyPhone,
} from './pass-token.ts';

const keys = { pass: generateKeyPairSync('ed25519'), renewal: generateKeyPairSync('ed25519') };
const ids = { pass: 1, renewal: 2 };
const sign = (use: KeyUse) => (message: Uint8Array) => signWith(null, message, keys[use].privateKey);
const verify: Verify = (use, keyId, message, signature) =>
  keyId === ids[use] && verifyWith(null, message, keys[use].publicKey, signature);
const sha256 = (message: Uint8Array) => createHash('sha256').update(message).digest();
const phones = {
  own: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  other: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};
const compressed = (phone: keyof typeof phones) => {
  const point = phones[phone].publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
  return Buffer.concat([Buffer.from([2 + ((point[64] ?? 0) & 1)]), point.subarray(1, 33)]);
};
const signStep = (phone: keyof typeof phones) => (message: Uint8Array) =>
  signWith('sha256', message, { key: phones[phone].privateKey, dsaEncoding: 'ieee-p1363' });
const verifyPhone: VerifyPhone = (key, message, signature) => {
  const spki = Buffer.concat([Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'), key]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return verifyWith('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
};
const read = (token: Uint8Array) => readPass(token, { verify, verifyPhone, sha256 });

const seconds = fc.nat(0xffffffff).map((count) => count * 1000);
const claims: fc.Arbitrary<PassClaims> = fc.record({
  form: fc.constantFrom('renewed', 'static', 'bound'),
  keyId: fc.constant(1),
  reservation: fc.uuid(),
  ordinal: fc.nat(0xffff),
  version: fc.nat(0xffff),
  campus: fc.nat(0xffff),
  gates: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  from: seconds,
  until: seconds,
  issued: seconds,
});
const sample: PassClaims = {
  form: 'renewed',
  keyId: 1,
  reservation: '01234567-89ab-7cde-8f01-23456789abcd',
  ordinal: 0,
  version: 3,
  campus: 258,
  gates: 0b11n,
  from: 1_000_000_000_000,
  until: 1_000_003_600_000,
  issued: 999_999_000_000,
};
const pass = signPass(sample, sign('pass'));
const renewed = renewPass(pass, { keyId: 2, step: 59_000_000, sign: sign('renewal'), sha256 });
const bound = signBoundPass(sample, compressed('own'), sign('pass'));
const shown = showBoundPass(bound, { step: 59_000_000, sign: signStep('own'), sha256 });

describe('what a pass says', () => {
  test('fits into 48 bytes, each at its documented place', () => {
    expect(Buffer.from(encodeClaims(sample)).toString('hex')).toBe(
      [
        '01',
        '01',
        '0001',
        '0123456789ab7cde8f0123456789abcd',
        '0000',
        '0003',
        '0102',
        '0000000000000003',
        '3b9aca00',
        '3b9ad810',
        '3b9ac618',
        '0000',
      ].join(''),
    );
  });

  test('comes back as it was', () => {
    fc.assert(
      fc.property(claims, (said) => {
        expect(decodeClaims(encodeClaims(said))).toEqual(said);
      }),
    );
  });

  test('widens a window to whole seconds', () => {
    const wide = decodeClaims(encodeClaims({ ...sample, from: 1_500, until: 2_500 }));
    expect(wide).toMatchObject({ from: 1_000, until: 3_000 });
  });

  test('is not read when its version or form is another', () => {
    for (const [at, value] of [
      [0, 2],
      [1, 4],
      [1, 0],
      [47, 1],
    ] as const) {
      const changed = encodeClaims(sample);
      changed[at] = value;
      expect(decodeClaims(changed)).toBeUndefined();
    }
  });

  test('is refused, not cut, when a value does not fit', () => {
    expect(() => encodeClaims({ ...sample, version: 65_536 })).toThrow(RangeError);
    expect(() => encodeClaims({ ...sample, ordinal: -1 })).toThrow(RangeError);
    expect(() => encodeClaims({ ...sample, reservation: 'none' })).toThrow(RangeError);
  });
});

describe('signatures', () => {
  test('a signed pass and a renewed one are authentic', () => {
    expect(pass.length).toBe(passLength);
    expect(read(pass)).toEqual({ claims: sample, authentic: true });
    expect(renewed.length).toBe(renewedLength);
    expect(read(renewed)).toEqual({ claims: sample, authentic: true, step: 59_000_000 });
  });

  test('any flipped bit is found', () => {
    const believed = (token: Uint8Array, bit: number): boolean => {
      const changed = Uint8Array.from(token);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return read(changed)?.authentic ?? false;
    };
    for (const token of [pass, renewed, shown]) {
      const bits = Array.from({ length: token.length * 8 }, (_, bit) => bit);
      expect(bits.filter((bit) => believed(token, bit))).toEqual([]);
    }
  });

  test('a renewal key makes no pass, and a renewal belongs to one pass', () => {
    const forged = signPass({ ...sample, keyId: 2 }, sign('renewal'));
    expect(read(forged)?.authentic).toBe(false);
    const other = signPass({ ...sample, version: 4 }, sign('pass'));
    expect(read(Buffer.concat([other, renewed.subarray(passLength)]))?.authentic).toBe(false);
  });

  test('a bound pass is authentic with its phone, and by itself as what the worker keeps', () => {
    expect([bound.length, shown.length]).toEqual([boundLength, shownBoundLength]);
    const claims = { ...sample, form: 'bound' };
    expect(read(bound)).toEqual({ claims, authentic: true });
    expect(read(shown)).toEqual({ claims, authentic: true, step: 59_000_000 });
    expect(phoneKeyOf(bound)).toEqual(Uint8Array.from(compressed('own')));
    expect(phoneKeyOf(pass)).toBeUndefined();
  });

  test('another phone cannot show it in any step', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (step) => {
        const copied = showBoundPass(bound, { step, sign: signStep('other'), sha256 });
        const own = showBoundPass(bound, { step, sign: signStep('own'), sha256 });
        expect([read(copied)?.authentic, read(own)?.authentic]).toEqual([false, true]);
      }),
      { numRuns: 25 },
    );
  });

  test('a phone’s signature belongs to one pass, and its key is the worker’s word', () => {
    const later = signBoundPass({ ...sample, version: 4 }, compressed('own'), sign('pass'));
    expect(read(Buffer.concat([later, shown.subarray(boundLength)]))?.authentic).toBe(false);
    const swapped = Buffer.concat([bound.subarray(0, 48), compressed('other'), bound.subarray(81)]);
    const stolen = showBoundPass(swapped, { step: 59_000_000, sign: signStep('other'), sha256 });
    expect(read(stolen)?.authentic).toBe(false);
  });

  test('no form passes for another', () => {
    const renewal = renewed.subarray(passLength);
    const phone = shown.subarray(boundLength);
    const bare = signPass({ ...sample, form: 'bound' }, sign('pass'));
    const paper = signStaticPass(sample, sign('pass'));
    expect(read(paper)).toEqual({ claims: { ...sample, form: 'static' }, authentic: true });
    for (const token of [
      bare,
      Buffer.concat([bare, renewal]),
      Buffer.concat([bound, renewal]),
      Buffer.concat([paper, renewal]),
      Buffer.concat([pass, compressed('own'), phone]),
      Buffer.concat([paper, compressed('own'), phone]),
    ]) {
      expect(read(token)?.authentic ?? false).toBe(false);
    }
  });

  test('a cut or lengthened token is none', () => {
    for (const length of [0, 47, 111, 113, 181]) expect(read(renewed.subarray(0, length))).toBeUndefined();
    for (const length of [144, 146, 212]) expect(read(shown.subarray(0, length))).toBeUndefined();
    for (const token of [renewed, shown]) expect(read(Buffer.concat([token, Buffer.from([0])]))).toBeUndefined();
  });
});

describe('as a QR text', () => {
  test('it comes back, also through an input method and with a line end', () => {
    const text = toQrText(renewed);
    expect(text).toMatch(/^XM1:[0-9A-Z $%*+\-./:]{273}$/);
    expect(fromQrText(text)).toEqual(renewed);
    expect(fromQrText(`${text}\r\n`)).toEqual(renewed);
    expect(fromQrText(fullWidth(text))).toEqual(renewed);
    expect(toQrText(shown)).toHaveLength(324);
    expect(fromQrText(toQrText(shown))).toEqual(shown);
  });

  test('the first 172 characters stay while a pass renews itself: a gate’s camera knows it by them', () => {
    const next = { step: 59_000_001, sha256 };
    const texts = [
      [renewed, renewPass(pass, { ...next, keyId: 2, sign: sign('renewal') })],
      [shown, showBoundPass(bound, { ...next, sign: signStep('own') })],
    ].map((pair) => pair.map((token) => toQrText(token).slice(0, 172)));
    for (const [one, other] of texts) expect(one).toBe(other);
    expect(texts[0]?.[0]).not.toBe(texts[1]?.[0]);
  });

  test('no space is trimmed: it is a digit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (any) => {
        expect(fromQrText(toQrText(any))).toEqual(any);
      }),
    );
  });

  describe('as a scanner types it into a computer', () => {
    const text = toQrText(renewed);
    const typed: [string, (text: string) => string][] = [
      [
        'through a Chinese input method',
        (text) => text.replaceAll('.', '。').replaceAll('$', '￥').replaceAll('/', '、').replace(':', '：'),
      ],
      ['with other Chinese signs', (text) => text.replaceAll(':', '；').replaceAll('*', '×')],
      ['with Caps Lock on', (text) => text.toLowerCase()],
      ['without its first characters', (text) => text.slice(3)],
      ['twice without a line end between', (text) => text + text],
      ['behind the end of another one', (text) => `${text.slice(-24)}${text}`],
      ['into a field in which a word was searched for', (text) => `王伟${text}`],
    ];
    test.each(typed)('%s', (_name, change) => {
      expect(fromQrText(change(text))).toEqual(renewed);
    });

    test('by German keys: a signature tells which reading is right', () => {
      const keys: Record<string, string> = { Z: 'Y', Y: 'Z', '-': 'ß', '/': '-', ':': 'Ö', '*': '(', '+': '`' };
      const german = [...text].map((character) => keys[character] ?? character).join('');
      const authentic = tokensIn(german).map((token) => read(token)?.authentic);
      expect(authentic).toContain(true);
    });
  });

  test.each(['', 'XM2:BB8', 'https://example.invalid/', 'XM1:é'])('%j is none', (text) => {
    expect(fromQrText(text)).toBeUndefined();
  });
});

test('the gates of a pass are bits of one number', () => {
  const gates = gatesBitmap([0, 63]);
  expect(gatesToBits(gates)).toBe(`1${'0'.repeat(62)}1`);
  expect([0, 1, 63].map((number) => includesGate(gates, number))).toEqual([true, false, true]);
  expect(() => gatesBitmap([64])).toThrow(RangeError);
});

function fullWidth(text: string): string {
  return text
    .replace(/[!-~]/g, (character) => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0))
    .replaceAll(' ', '\u3000');
}
