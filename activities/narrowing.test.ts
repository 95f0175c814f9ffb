import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Submission, SubmittedPerson } from '../store/reservations/submission.ts';
import { aSubmittedPerson, aSubmittedVisit } from '../testing/submitted.ts';
import { narrows } from './narrowing.ts';

const lead = aSubmittedPerson({ person: 'p', visitor: 'v', consent: 'c', plate: '京A12345' });
const guest = aSubmittedPerson({ ordinal: 1, person: null, visitor: null, companion: 'b', consent: 'd', name: '同行' });
const awaited = { ordinal: 2, companion: 'e', name: '未到' };
const standing: Submission = aSubmittedVisit({
  id: 's',
  reservation: 'r',
  campus: 'c',
  department: 'd',
  reason: 'x',
  channel: 'personal',
  hostRow: 'h',
  answers: {
    host: '王建国',
    note: '说明',
  },

  from: new Date(1_000),
  until: new Date(9_000),
  people: [lead, guest],
  awaited: [awaited],
});
/** What a form of tomorrow may ask. */
const later: object = { room: '301' };
const asks = (wish: Partial<Submission>, ordinals = [0, 1, 2]) => narrows(standing, { ...standing, ...wish }, ordinals);

test.each<[string, Partial<Submission>]>([
  ['the same again', {}],
  ['a shorter window', { from: new Date(2_000), until: new Date(8_000) }],
  ['fewer people', { people: [lead], awaited: [] }],
  ['a plate left out', { people: [{ ...lead, plate: null }, guest] }],
  ['a note left out', { answers: { host: '王建国' } }],
  ['an agreement given anew', { people: [{ ...lead, consent: 'newer' }, guest] }],
  [
    'somebody awaited who is ready now',
    { people: [lead, guest, { ...guest, ordinal: 2, companion: 'e' }], awaited: [] },
  ],
])('%s narrows', (_, wish) => {
  expect(asks(wish)).toBe(true);
});

test.each<[string, Partial<Submission>]>([
  ['an earlier beginning', { from: new Date(999) }],
  ['a later end', { until: new Date(9_001) }],
  ['another department', { department: 'other' }],
  ['another reason', { reason: 'other' }],
  ['another host', { answers: { host: '李老师', note: '说明' } }],
  ['a host left out', { answers: { note: '说明' } }],
  ['another note', { answers: { host: '王建国', note: '别的' } }],
  ['a question that was not answered before', { answers: { ...standing.answers, ...later } }],
  ['somebody more', { people: [lead, guest, { ...guest, ordinal: 3 }] }],
  ['somebody more awaited', { awaited: [awaited, { ...awaited, ordinal: 3 }] }],
  ['another plate', { people: [{ ...lead, plate: '京B12345' }, guest] }],
  ['another document', { people: [{ ...lead, document: 'E00000002' }, guest] }],
  ['somebody else in a place', { people: [lead, { ...guest, companion: 'f' }] }],
])('%s does not', (_, wish) => {
  expect(asks(wish)).toBe(false);
});

describe('every difference asks for approval, save for what is named:', () => {
  const other = (value: unknown): unknown => {
    if (value instanceof Date) return new Date(Number(value) + 1);
    if (typeof value === 'number') return value + 1;
    if (Array.isArray(value)) return [...value, { ...value[0], ordinal: 1, companion: 'f' }];
    return typeof value === 'object' && value !== null ? { ...value, later: 'x' } : `${value}x`;
  };

  // Which row it is, and a window that begins later.
  const free = ['id', 'kind', 'base', 'from'];
  test.each(Object.keys(standing))('%s of a submission', (field) => {
    const value = other(standing[field as keyof Submission]);
    expect(asks({ [field]: value })).toBe(free.includes(field));
  });

  test.each(Object.keys(lead))('%s of a person', (field) => {
    const value = other(lead[field as keyof SubmittedPerson]);
    expect(asks({ people: [{ ...lead, [field]: value }, guest] })).toBe(['personVersion', 'consent'].includes(field));
  });

  test.each(Object.keys(awaited))('%s of somebody awaited', (field) => {
    const value = other(awaited[field as keyof typeof awaited]);
    expect(asks({ awaited: [{ ...awaited, [field]: value }] }, [0, 1, 2, 3])).toBe(false);
  });

  test('a field that nobody has thought of yet, of any value', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.jsonValue(),
        fc.constantFrom('submission', 'person'),
        (name, value, of) => {
          fc.pre(!(name in standing) && !(name in lead) && name !== '__proto__');
          const more = { [name]: value };
          expect(asks(of === 'submission' ? more : { people: [{ ...lead, ...more }, guest] })).toBe(false);
        },
      ),
    );
  });
});

test('a person who was taken out does not come back unapproved', () => {
  expect(asks({}, [0, 2])).toBe(false);
});
