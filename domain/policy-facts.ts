import { minorOf } from './age.ts';
import { birthDayIn, type DocumentType } from './identity-number.ts';
import { weekdayOf } from './opening.ts';
import type { Condition, PolicyDocument, PolicyStep, VisitTime } from './policy.ts';
import type { Channel } from './reservation.ts';
import { daysOf, hour, startOfDay } from './time.ts';

/** What a submission says that conditions of a policy may ask for. */
export interface PolicyFacts {
  channel: Channel;
  persons: number;
  vehicle: boolean;
  /** Epoch milliseconds. */
  from: number;
  until: number;
  minors: boolean;
  foreign: boolean;
  /** Days that depart from their week, 'YYYY-MM-DD' in Shanghai: false for a holiday, true for a weekend day that is worked. */
  calendar: ReadonlyMap<string, boolean>;
}

/** Night is from 22:00 to 06:00 in Shanghai. */
const nightBegins = 22 * hour;
const nightEnds = 6 * hour;

/** The steps that a visit has to go through, in order, by their number in the document. */
export const stepsFor = ({ steps }: PolicyDocument, facts: PolicyFacts): { index: number; step: PolicyStep }[] =>
  steps.map((step, index) => ({ step, index })).filter(({ step: { when } }) => !when || holds(when, facts));

export function holds({ match, ...when }: Condition, facts: PolicyFacts): boolean {
  const answers = [
    when.channel && facts.channel === when.channel,
    when.partyFrom && facts.persons >= when.partyFrom,
    when.vehicle && facts.vehicle,
    when.longerThan && facts.until - facts.from > when.longerThan * hour,
    when.times?.some((time) => touches(time, facts)),
    when.minors && facts.minors,
    when.foreign && facts.foreign,
  ].filter((answer) => answer !== undefined);
  return match === 'any' ? answers.some(Boolean) : answers.every(Boolean);
}

function touches(time: VisitTime, { from, until, calendar }: PolicyFacts): boolean {
  const days = daysOf(from, until);
  if (time === 'holiday') return days.some((one) => calendar.get(one) === false);
  if (time === 'weekend') return days.some((one) => weekdayOf(one) > 5 && calendar.get(one) !== true);
  return days.some((one) => {
    const midnight = startOfDay(one).getTime();
    return from < midnight + nightEnds || until > midnight + nightBegins;
  });
}

/** What is known of the people of a party; of those who are still awaited, nothing. */
export function factsOfPeople(
  people: readonly {
    documentType: DocumentType;
    document: string;
    nationality: string | null;
    birthDay: string | null;
    plate: string | null;
  }[],
  from: number,
): Pick<PolicyFacts, 'vehicle' | 'minors' | 'foreign'> {
  return {
    vehicle: people.some(({ plate }) => plate !== null),
    minors: people.some(({ birthDay, document }) => minorOf(birthDay ?? birthDayIn(document), from) !== null),
    foreign: people.some(({ documentType, nationality }) => isForeign(documentType, nationality)),
  };
}

const isForeign = (type: DocumentType, nationality: string | null): boolean =>
  type === 'foreign_permanent' || (nationality !== null && !['CHN', 'HKG', 'MAC', 'TWN'].includes(nationality));
