import type { Channel } from './reservation.ts';
import {
  checkName,
  findTextProblem,
  type NameProblem,
  nameLength,
  normaliseLine,
  normaliseName,
  normaliseText,
} from './text.ts';

/**
 * What the visit form asks besides campus, department, reason and window, which are columns since admission needs them.
 * One more question is one entry here and its words in the catalogues, under `question.<name>`. The form, the pages of
 * visitor, approver and admin, the comparison of a change, the export and the erasure go through all of them.
 */
export type VisitQuestion = Control & {
  /** Which channels ask it. */
  asked: { readonly [channel in Channel]?: 'required' | 'optional' };
  /** The control it stands below, on the form and on every page that shows a visit. */
  after: 'department' | 'reason';
  /** Staff who may read it. The visitor who typed it always does, also in the export. */
  staff: readonly Staff[];
  /** Left out by a change, it asks for nothing more than was approved. Any other difference asks for approval. */
  leavingOutNarrows?: true;
  /** Not copied to a new form that cannot offer the same department. */
  belongsToDepartment?: true;
  /** The visitor reads it right below what it stands after, without a label. */
  unlabelled?: true;
};
/** What it is answered with, and the rule of what was typed. */
type Control =
  | {
      /** A person's name, one line, or several lines. */
      kind: 'name' | 'line' | 'lines';
      /** In code points. */
      longest: number;
      /** Has an example in its control. */
      placeholder?: true;
      /** Catalogue keys of problems that have a sentence of their own. */
      problems?: { readonly [problem in NameProblem]?: string };
    }
  | {
      kind: 'choice';
      /** Values as they are kept; each has its words in the catalogues. */
      choices: readonly string[];
    };
type Staff = 'approver' | 'admin';
export type AnswerReader = 'visitor' | Staff;

/** In the order of the form. A name keeps its meaning for good: answers of long ago are kept by it. */
const visitQuestions = {
  /** 被访人 */
  host: {
    kind: 'name',
    asked: { personal: 'required' },
    after: 'department',
    longest: nameLength,
    placeholder: true,
    problems: {
      empty: 'question.host.empty',
      long: 'question.host.long',
      characters: 'question.host.characters',
    },
    staff: ['approver', 'admin'],
    belongsToDepartment: true,
  },
  /** 说明 */
  note: {
    kind: 'lines',
    asked: { personal: 'optional', official: 'optional' },
    after: 'reason',
    longest: 200,
    placeholder: true,
    problems: { long: 'question.note.long' },
    staff: ['approver', 'admin'],
    leavingOutNarrows: true,
    unlabelled: true,
  },
} as const satisfies Record<string, VisitQuestion>;

export type AnswerName = keyof typeof visitQuestions;
/** What was answered, by question; what was left empty is not in it. Of a choice, its value. */
export type VisitAnswers = { readonly [name in AnswerName]?: string };

export const answerNames = Object.keys(visitQuestions) as AnswerName[];

export const questionOf = (name: AnswerName): VisitQuestion => visitQuestions[name];

/** The questions of a channel, in the order of the form. */
export const askedIn = (channel: Channel): AnswerName[] =>
  answerNames.filter((name) => questionOf(name).asked[channel]);

/** What a reader sees of the answers, in the order of the form. */
export const answersSeenBy = (reader: AnswerReader): AnswerName[] =>
  answerNames.filter((name) => reader === 'visitor' || questionOf(name).staff.includes(reader));

/** Catalogue key of what a question is called. */
export const questionLabel = (name: AnswerName, reader: AnswerReader): string =>
  `question.${name}.${reader === 'visitor' ? 'visitor' : 'staff'}`;

/** Catalogue key of a choice. */
export const choiceLabel = (name: AnswerName, choice: string): string => `question.${name}.choices.${choice}`;

/** Reads what was typed. @returns the normalised answers, and catalogue keys of what is wrong, by question */
export function readAnswers(
  channel: Channel,
  typed: Record<AnswerName, string>,
): { answers: VisitAnswers; problems: Record<string, string> } {
  const answers: { [name in AnswerName]?: string } = {};
  const problems: Record<string, string> = {};
  for (const name of askedIn(channel)) {
    const question = questionOf(name);
    const text = normaliseAs[question.kind](typed[name]);
    const problem = findProblem(question, text, question.asked[channel] === 'required');
    if (problem) problems[name] = problem;
    else if (text) answers[name] = text;
  }
  return { answers, problems };
}

const normaliseAs = { name: normaliseName, line: normaliseLine, lines: normaliseText, choice: normaliseLine };

function findProblem(question: VisitQuestion, text: string, required: boolean): string | undefined {
  if (text === '' && !required) return undefined;
  if (question.kind === 'choice') return question.choices.includes(text) ? undefined : 'field.choose';
  const { kind, longest } = question;
  const problem =
    kind === 'name'
      ? checkName(text, longest)
      : findTextProblem(text, { max: longest, required, lines: kind === 'lines' });
  return problem && (question.problems?.[problem] ?? problemSentences[problem]);
}

const problemSentences = {
  empty: 'field.required',
  long: 'field.too_long',
  characters: 'field.characters',
  private: 'field.name_private',
} as const;

/** Whether the later answers ask for nothing beyond the earlier ones: the same, or less where less is harmless. */
export function answersNarrow(before: VisitAnswers, after: VisitAnswers): boolean {
  const names = Object.keys({ ...before, ...after }) as AnswerName[];
  return names.every(
    (name) =>
      before[name] === after[name] || (after[name] === undefined && questionOf(name)?.leavingOutNarrows === true),
  );
}
