import { inHours } from './ground.ts';
import type { FieldRule } from './values.ts';

/** What may stand in the fields that several forms share. */

export const code = { kind: 'code', max: 12 } as const;
export const phone = { kind: 'formatted', max: 24 } as const;
export const tick = { kind: 'list' } as const;
export const person: Record<string, FieldRule> = {
  name: { kind: 'name' },
  phone,
  document_type: { kind: 'list' },
  document_number: { kind: 'formatted', max: 40 },
  plate: { kind: 'formatted', optional: true, max: 20 },
  unit: { kind: 'text', optional: true, max: 60 },
};
const { plate: _, ...others } = person;
export const companionFields: Record<string, FieldRule> = {
  ...others,
  phone: { ...phone, optional: true },
  declared: tick,
};
export const passport: Record<string, FieldRule> = {
  ...person,
  nationality: { kind: 'list' },
  sex: { kind: 'list' },
  birth_day: { kind: 'day' },
};
export const end = (at: 'from' | 'until'): Record<string, FieldRule> => ({
  [`${at}_day`]: { kind: 'day', at: `field-${at}`, forgets: true },
  [`${at}_time`]: { kind: 'formatted', at: `field-${at}`, forgets: true },
});
export const visit: Record<string, FieldRule> = {
  visiting: { kind: 'list', optional: true },
  campus: { kind: 'list' },
  department: { kind: 'list' },
  reason: { kind: 'list' },
  note: { kind: 'text', optional: true, max: 200 },
  ...end('from'),
  ...end('until'),
};

export const controls = (at: 'from' | 'until', text: string) => {
  const [day = '', time = ''] = text.split('T');
  return { [`${at}_day`]: day, [`${at}_time`]: time };
};
export const windowOf = (from: number, until: number) => ({
  ...controls('from', inHours(from)),
  ...controls('until', inHours(until)),
});

/** What admission refuses is kept as a draft. */
export const draft = ['request', 'reservation', 'submission', 'reservation_person'];
