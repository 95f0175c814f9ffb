import { expect, test } from 'vitest';
import type { Submission } from '../store/reservations/submission.ts';
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
  note: '说明',

  from: new Date(1_000),
  until: new Date(9_000),
  people: [lead, guest],
  awaited: [awaited],
});
const asks = (wish: Partial<Submission>, ordinals = [0, 1, 2]) => narrows(standing, { ...standing, ...wish }, ordinals);

test.each<[string, Partial<Submission>]>([
  ['the same again', {}],
  ['a shorter window', { from: new Date(2_000), until: new Date(8_000) }],
  ['fewer people', { people: [lead], awaited: [] }],
  ['a plate left out', { people: [{ ...lead, plate: null }, guest] }],
  ['a note left out', { note: null }],
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
  ['another host', { host: '李老师' }],
  ['another note', { note: '别的' }],
  ['somebody more', { people: [lead, guest, { ...guest, ordinal: 3 }] }],
  ['somebody more awaited', { awaited: [awaited, { ...awaited, ordinal: 3 }] }],
  ['another plate', { people: [{ ...lead, plate: '京B12345' }, guest] }],
  ['another document', { people: [{ ...lead, document: 'E00000002' }, guest] }],
  ['somebody else in a place', { people: [lead, { ...guest, companion: 'f' }] }],
])('%s does not', (_, wish) => {
  expect(asks(wish)).toBe(false);
});

test('whoever was taken out does not come back unapproved', () => {
  expect(asks({}, [0, 2])).toBe(false);
});
