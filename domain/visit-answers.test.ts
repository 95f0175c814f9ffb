import { describe, expect, test } from 'vitest';
import { hasSentence } from '../platform/i18n.ts';
import {
  type AnswerName,
  answerNames,
  answersNarrow,
  answersSeenBy,
  askedIn,
  choiceLabel,
  questionLabel,
  questionOf,
  readAnswers,
} from './visit-answers.ts';

/** An empty form but for these. */
const nothing = Object.fromEntries(answerNames.map((name) => [name, ''])) as Record<AnswerName, string>;
const typed = { ...nothing, host: ' 王建国 ', note: ' 两箱\r\n器材 ' };

describe('the questions', () => {
  test.each(answerNames)('%s has its words in the catalogues', (name) => {
    const question = questionOf(name);
    const keys = [
      questionLabel(name, 'visitor'),
      questionLabel(name, 'approver'),
      ...(question.kind === 'choice'
        ? question.choices.map((value) => choiceLabel(name, value))
        : [
            ...Object.values(question.problems ?? {}),
            ...(question.placeholder ? [`question.${name}.placeholder`] : []),
          ]),
    ];
    expect(keys.filter((key) => !hasSentence(key))).toEqual([]);
  });

  test('are asked by channel', () => {
    expect(askedIn('personal')).toEqual(expect.arrayContaining(['host', 'note']));
    expect(askedIn('official')).toContain('note');
    expect(askedIn('official')).not.toContain('host');
  });

  test('are shown to the visitor, all of them', () => expect(answersSeenBy('visitor')).toEqual(answerNames));
});

describe('answers', () => {
  test('are normalised by the kind of their question', () => {
    expect(readAnswers('personal', typed)).toEqual({ answers: { host: '王建国', note: '两箱\n器材' }, problems: {} });
  });

  test('are not read where the channel does not ask for them', () => {
    expect(readAnswers('official', typed).answers).toEqual({ note: '两箱\n器材' });
  });

  test('are not in the document when they are left empty', () => {
    expect(readAnswers('personal', { ...nothing, host: '王建国', note: '  ' }).answers).toEqual({ host: '王建国' });
  });

  test.each([
    [{ host: '' }, { host: 'question.host.empty' }],
    [{ host: '王'.repeat(51) }, { host: 'question.host.long' }],
    [{ host: '王3' }, { host: 'question.host.characters' }],
    [{ note: '说'.repeat(201) }, { note: 'question.note.long' }],
    [{ note: '说\u0007明' }, { note: 'field.characters' }],
  ])('%j are refused', (wrong, problems) => {
    expect(readAnswers('personal', { ...typed, ...wrong }).problems).toEqual(problems);
  });
});

test.each<[boolean, object]>([
  [true, { host: '王建国', note: '说明' }],
  [true, { host: '王建国' }],
  [false, { note: '说明' }],
  [false, { host: '王建国', note: '别的' }],
  [false, { host: '王建国', note: '说明', asked_no_more: '1' }],
])('narrows is %s for %j', (narrows, after) => {
  expect(answersNarrow({ host: '王建国', note: '说明' }, after)).toBe(narrows);
});
