import { describe, expect, it } from 'vitest';
import { generatePair } from './key-making.ts';
import { openSealed, sealTo } from './sealing.ts';

const gate = generatePair('x25519');
const gatePublic = Buffer.from(gate.public, 'base64');
const text = Buffer.from('{"name":"张三"}');

describe('bytes sealed to a gate', () => {
  it('open for that gate only', () => {
    const sealed = sealTo(gatePublic, text, 'feed/south/1');
    expect(openSealed(gate.private, sealed, 'feed/south/1').equals(text)).toBe(true);
    expect(() => openSealed(generatePair('x25519').private, sealed, 'feed/south/1')).toThrow();
  });

  it('do not open in another place or after a change', () => {
    const sealed = sealTo(gatePublic, text, 'feed/south/1');
    expect(() => openSealed(gate.private, sealed, 'feed/south/2')).toThrow();
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openSealed(gate.private, changed, 'feed/south/1'), `byte ${at}`).toThrow();
    }
    expect(() => openSealed(gate.private, sealed.subarray(0, 40), 'feed/south/1')).toThrow();
  });

  it('refuse a key that is not 32 bytes', () => {
    expect(() => sealTo(gatePublic.subarray(1), text, 'x')).toThrow('32 bytes');
  });
});
