import { describe, expect, it } from 'vitest';
import { isGateEvent, isPlausible } from './gate-event.ts';

const event = {
  event: '0198c0de-0000-7000-8000-000000000001',
  reservation: '0198c0de-0000-7000-8000-000000000002',
  ordinal: 0,
  gate: 'south',
  direction: 'in',
  method: 'qr',
  at: 1_764_000_000_000,
};

describe('an event of a gate', () => {
  it('is taken as gates tell it', () => {
    expect(isGateEvent(event)).toBe(true);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'entered'],
    ['no id', { ...event, event: undefined }],
    ['an id that is no uuid', { ...event, event: "'; drop table gate_event" }],
    ['another direction', { ...event, direction: 'up' }],
    ['another kind of credential', { ...event, method: 'magic' }],
    ['half a person', { ...event, ordinal: 0.5 }],
    ['no gate', { ...event, gate: '' }],
    ['no time', { ...event, at: 'now' }],
    ['a version that no pass has', { ...event, version: 0x10000 }],
    ['a step that is none', { ...event, step: 0.5 }],
    ['an annulment at no time', { ...event, annulled: 'later' }],
    ['a guard by name', { ...event, guard: '王卫' }],
    ['a reason of no list', { ...event, method: 'hand', byHand: 'he looked nice' }],
  ])('is refused with %s', (_what, told) => {
    expect(isGateEvent(told)).toBe(false);
  });

  it('is plausible from a day before the reservation until a few minutes from now', () => {
    const bounds = { since: event.at, now: event.at + 3_600_000 };
    expect(isPlausible(event, bounds)).toBe(true);
    expect(isPlausible({ at: bounds.now + 5 * 60_000 }, bounds)).toBe(true);
    expect(isPlausible({ at: bounds.now + 11 * 60_000 }, bounds)).toBe(false);
    expect(isPlausible({ at: 0 }, bounds)).toBe(false);
    expect(isPlausible({ at: event.at, annulled: event.at + 60_000 }, bounds)).toBe(true);
    expect(isPlausible({ at: event.at, annulled: bounds.now + 11 * 60_000 }, bounds)).toBe(false);
  });
});
