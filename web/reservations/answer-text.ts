import { type AnswerName, choiceLabel, questionOf, type VisitAnswers } from '../../domain/visit-answers.ts';
import type { Translate } from '../../platform/i18n.ts';

/** An answer as it is read: what was typed, or the words of a choice; '' where there is none. */
export function answerText(answers: VisitAnswers, name: AnswerName, t: Translate): string {
  const answer = answers[name];
  if (answer === undefined) return '';
  return questionOf(name).kind === 'choice' ? t(choiceLabel(name, answer)) : answer;
}
