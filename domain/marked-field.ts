import type { Channel } from './reservation.ts';
import { type AnswerName, askedIn, questionLabel, questionOf } from './visit-answers.ts';

/**
 * What of the visit form an approver may mark when it goes back to be corrected. A mark is kept by its name for good; one that
 * the form does not have any more is left out where it is read.
 */
const fixed = ['person', 'plate', 'campus', 'department', 'reason', 'window', 'companions'] as const;
export type MarkedField = (typeof fixed)[number] | AnswerName;

/** In the order of the form. */
export function markableIn(channel: Channel): MarkedField[] {
  const after = (place: string): AnswerName[] => askedIn(channel).filter((name) => questionOf(name).after === place);
  return fixed.flatMap((field): MarkedField[] => [field, ...after(field)]);
}

/** What was marked, as far as the form has it. */
export const readMarks = (channel: Channel, marked: readonly string[] | null): MarkedField[] =>
  markableIn(channel).filter((field) => marked?.includes(field));

/** Catalogue key of what a field is called. */
export const markLabel = (field: MarkedField): string =>
  fixed.some((one) => one === field) ? `marked.${field}` : questionLabel(field as AnswerName, 'visitor');
