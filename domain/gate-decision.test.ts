import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proofOf } from './credential-qr.ts';
import { decide, type Gate, type Known, type Presented } from './gate-decision.ts';
import { stepAt } from './renewal.ts';
import type { Direction } from './reservation.ts';

const now = Date.UTC(2026, 10, 23, 2);
const gate: Gate = { campus: 1, number: 0, exitsRecorded: false };
const recording: Gate = { ...gate, exitsRecorded: true };
const qr: Presented = {
  proof: proofOf('renewed'),
  authentic: true,
  version: 2,
  campus: 1,
  gates: 0b1n,
  from: now - 1000,
  until: now + 1000,
  step: stepAt(now),
  document: 'absent',
};
const code: Presented = { ...qr, proof: 'document' };
const at = (presented: Presented | undefined, known: Known = {}, where = gate, direction: Direction = 'in') => {
  const { open, reason } = decide(presented, known, where, direction, now);
  return `${open ? 'open' : 'shut'} ${reason}`;
};

describe('entering', () => {
  test('a good pass opens, also one the gate never heard of', () => {
    expect(at(qr)).toBe('open ok');
    expect(at(qr, { stored: { version: 2, revoked: false } })).toBe('open ok');
  });

  test.each([
    ['nothing readable', undefined, 'unknown_pass'],
    ['a broken signature', { ...qr, authentic: false }, 'bad_signature'],
    ['another campus', { ...qr, campus: 2 }, 'wrong_campus'],
    ['another gate', { ...qr, gates: 0b10n }, 'wrong_gate'],
    ['too early', { ...qr, from: now + 1 }, 'not_yet_valid'],
    ['the very end of the window', { ...qr, until: now }, 'expired'],
    ['a screenshot', { ...qr, step: stepAt(now) - 3 }, 'stale_code'],
    ['a step of the future', { ...qr, step: stepAt(now) + 2 }, 'stale_code'],
    ['paper', { ...qr, proof: proofOf('static') }, 'id_required'],
    ['a gate code alone', code, 'id_required'],
    ['somebody else’s document', { ...qr, document: 'differs' as const }, 'id_required'],
    ['a document the gate cannot compare', { ...code, document: 'unknown' as const }, 'id_required'],
  ])('%s is refused', (_name, presented, reason) => expect(at(presented)).toBe(`shut ${reason}`));

  test('a renewed or bound pass without its step is a screenshot', () => {
    const { step: _step, ...bare } = qr;
    expect(at(bare)).toBe('shut stale_code');
    expect(at({ ...bare, proof: proofOf('bound') })).toBe('shut stale_code');
  });

  test('a bound pass opens within its steps and goes stale like a renewed one', () => {
    const bound: Presented = { ...qr, proof: proofOf('bound') };
    const older = (steps: number) => at({ ...bound, step: stepAt(now) - steps });
    expect([3, 2, 0, -1, -2].map(older)).toEqual([
      'shut stale_code',
      'open ok',
      'open ok',
      'open ok',
      'shut stale_code',
    ]);
  });

  test('paper and gate code open with the document', () => {
    const { step: _step, ...bare } = qr;
    expect(at({ ...code, document: 'matches' })).toBe('open ok');
    expect(at({ ...bare, proof: proofOf('static'), document: 'matches' })).toBe('open ok');
  });

  test('an older version and a revoked one are refused, a newer one proves itself', () => {
    expect(at(qr, { stored: { version: 3, revoked: false } })).toBe('shut revoked');
    expect(at(qr, { stored: { version: 2, revoked: true } })).toBe('shut revoked');
    expect(at(qr, { stored: { version: 1, revoked: true } })).toBe('open ok');
  });

  test('the first check that fails is the one that is told', () => {
    const everything: Presented = { ...code, authentic: false, campus: 9, gates: 0n, from: now + 1, until: now };
    const revoked = { stored: { version: 2, revoked: true } };
    expect(at(everything, revoked)).toBe('shut bad_signature');
    expect(at({ ...everything, authentic: true }, revoked)).toBe('shut revoked');
    expect(at({ ...everything, authentic: true })).toBe('shut wrong_campus');
    expect(at({ ...everything, authentic: true, campus: 1 })).toBe('shut wrong_gate');
  });

  test('a step opens once, and none before it after that; the document lets its owner in again', () => {
    const used = (step: number) => ({ usedStep: step });
    const step = stepAt(now);
    expect(at(qr, used(step))).toBe('shut already_used');
    expect(at({ ...qr, step: step - 1 }, used(step))).toBe('shut already_used');
    expect(at(qr, used(step - 1))).toBe('open ok');
    expect(at({ ...qr, document: 'matches' }, used(step))).toBe('open ok');
    expect(at(qr, used(step), recording, 'out')).toBe('open ok');
  });

  test('allows any number of entries where exits are not recorded', () => {
    expect(at(qr, { lastSeen: 'in' })).toBe('open ok');
  });

  test('where they are, a pass handed out over the fence stays outside, its owner’s document lets in', () => {
    expect(at(qr, { lastSeen: 'in' }, recording)).toBe('shut already_inside');
    expect(at({ ...qr, document: 'matches' }, { lastSeen: 'in' }, recording)).toBe('open ok');
    expect(at(qr, { lastSeen: 'out' }, recording)).toBe('open ok');
  });
});

describe('leaving where exits are recorded', () => {
  test.each([
    ['after the window', { ...qr, until: now - 1 }, {}],
    ['by another gate', { ...qr, gates: 0n }, {}],
    ['with a screenshot', { ...qr, step: 0 }, {}],
    ['after a revocation', qr, { stored: { version: 2, revoked: true } }],
  ])('%s opens', (_name, presented, known) => expect(at(presented, known, recording, 'out')).toBe('open ok'));

  test('somebody not seen inside is let out all the same, and noted', () => {
    expect(at(qr, { lastSeen: 'out' }, recording, 'out')).toBe('open not_inside');
  });

  test('is refused with a credential that proves nobody', () => {
    expect(at(undefined, {}, recording, 'out')).toBe('shut unknown_pass');
    expect(at({ ...qr, authentic: false }, {}, recording, 'out')).toBe('shut bad_signature');
    expect(at({ ...qr, campus: 2 }, {}, recording, 'out')).toBe('shut wrong_campus');
    expect(at(code, {}, recording, 'out')).toBe('shut id_required');
  });
});

test('where exits are not recorded, one who is late is let out as well', () => {
  expect(at({ ...qr, until: now }, {}, gate, 'out')).toBe('open ok');
  expect(at(qr, { lastSeen: 'out' }, gate, 'out')).toBe('open ok');
});

describe('whatever is shown', () => {
  const version = fc.integer({ min: 1, max: 3 });
  const near = fc.integer({ min: -3, max: 3 });
  const anything = fc.record({
    presented: fc.record(
      {
        proof: fc.constantFrom('step' as const, 'document' as const, 'none' as const),
        authentic: fc.boolean(),
        version,
        campus: fc.constantFrom(1, 2),
        gates: fc.constantFrom(0n, 1n, 2n, 3n),
        from: near.map((n) => now + n),
        until: near.map((n) => now + n),
        step: near.map((n) => stepAt(now) + n),
        document: fc.constantFrom('absent' as const, 'matches' as const, 'differs' as const, 'unknown' as const),
      },
      { requiredKeys: ['proof', 'authentic', 'version', 'campus', 'gates', 'from', 'until', 'document'] },
    ),
    known: fc.record(
      {
        stored: fc.record({ version, revoked: fc.boolean() }),
        lastSeen: fc.constantFrom<Direction>('in', 'out'),
        usedStep: near.map((n) => stepAt(now) + n),
      },
      { requiredKeys: [] },
    ),
    exitsRecorded: fc.boolean(),
  });
  type Tried = typeof anything extends fc.Arbitrary<infer T> ? T : never;
  const decided = ({ presented, known, exitsRecorded }: Tried, direction: Direction) =>
    decide(presented, known, { ...gate, exitsRecorded }, direction, now);

  test('nobody comes in outside the window, by a revoked pass, a bad signature or at another place', () => {
    let opened = 0;
    fc.assert(
      fc.property(anything, (tried) => {
        if (!decided(tried, 'in').open) return;
        opened += 1;
        const { presented, known } = tried;
        expect(presented).toMatchObject({ authentic: true, campus: gate.campus });
        expect(presented.from).toBeLessThanOrEqual(now);
        expect(presented.until).toBeGreaterThan(now);
        expect(presented.gates & 1n).toBe(1n);
        expect(known.stored?.version ?? 0).toBeLessThanOrEqual(presented.version);
        if (known.stored?.version === presented.version) expect(known.stored.revoked).toBe(false);
      }),
      { numRuns: 5_000 },
    );
    expect(opened, 'some of them came in').toBeGreaterThan(0);
  });

  test('whom a signature and, where it is asked for, a document tell apart is let out', () => {
    fc.assert(
      fc.property(anything, (tried) => {
        const { presented } = tried;
        const toldApart = presented.proof !== 'document' || presented.document === 'matches';
        fc.pre(presented.authentic && presented.campus === gate.campus && toldApart);
        fc.pre(presented.document !== 'differs');
        expect(decided(tried, 'out').open).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
