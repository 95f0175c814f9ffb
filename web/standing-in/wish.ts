import type { Knex } from 'knex';
import { normaliseLine } from '../../domain/text.ts';
import { day, dayOf, isRealDay, startOfDay } from '../../domain/time.ts';
import { findColleague } from '../../store/staff/colleague.ts';
import type { StandInKind, Wish } from '../../store/staff/standing-in.ts';

/** What is typed to let somebody stand in, read: a delegation is for days, the last one included. */

export const delegationFields = ['delegate', 'from_day', 'until_day'] as const;
export const assistantFields = ['assistant'] as const;
export type Texts = Record<(typeof delegationFields)[number] | (typeof assistantFields)[number], string>;

/** Days. */
const longest = 366;

type Read = { wish: Omit<Wish, 'staff'>; fields?: undefined } | { wish?: undefined; fields: Record<string, string> };

export async function readWish(db: Knex, kind: StandInKind, staff: string, texts: Texts): Promise<Read> {
  const name = kind === 'delegation' ? 'delegate' : 'assistant';
  const [who, time] = [await readWho(db, staff, texts[name]), kind === 'delegation' ? readDays(texts) : untilEnded()];
  const fields = { ...(typeof who === 'string' && { [name]: who }), ...time.fields };
  if (typeof who === 'string' || Object.keys(fields).length > 0) return { fields };
  return { wish: { kind, standIn: who.id, from: time.from, until: time.until } };
}

/** @returns the person, or what is wrong */
async function readWho(db: Knex, staff: string, typed: string): Promise<{ id: string } | string> {
  const line = normaliseLine(typed);
  if (line === '') return 'field.colleague_empty';
  const found = await findColleague(db, line);
  if (found === 'nobody' || found === 'several') return `field.colleague_${found}`;
  return found.id === staff ? 'field.colleague_self' : found;
}

const untilEnded = () => ({ from: new Date(), until: null, fields: {} });

function readDays({ from_day, until_day }: Texts) {
  const today = dayOf(Date.now());
  const fields: Record<string, string> = {};
  for (const [name, text] of Object.entries({ from_day, until_day })) {
    if (!isRealDay(text)) fields[name] = text ? 'field.time_invalid' : 'field.required';
    else if (text < today) fields[name] = 'field.day_past';
  }
  if (Object.keys(fields).length > 0) return { from: new Date(0), until: null, fields };
  const [from, until] = [startOfDay(from_day), new Date(startOfDay(until_day).getTime() + day)];
  if (until <= from) fields.until_day = 'field.days_order';
  else if (until.getTime() - Date.now() > longest * day) fields.until_day = 'field.days_long';
  return { from, until, fields };
}
