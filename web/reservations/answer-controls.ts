import type { Channel } from '../../domain/reservation.ts';
import { askedIn, choiceLabel, questionLabel, questionOf, type VisitQuestion } from '../../domain/visit-answers.ts';
import type { Translate } from '../../platform/i18n.ts';
import type { VisitTexts } from './visit-form.ts';

/** A question on the form: what `layout/field` draws, and what it stands below. */
export interface AnswerControl {
  after: VisitQuestion['after'];
  /** Locals of `layout/field`. */
  control: Record<string, unknown>;
}

/** The controls of a channel's questions, with what was typed, what is wrong (catalogue keys) and what an approver marked (sentences), by field name. */
export function answerControls(
  channel: Channel,
  { texts, fields, marks = {} }: { texts: VisitTexts; fields: Record<string, string>; marks?: Record<string, string> },
  t: Translate,
): AnswerControl[] {
  return askedIn(channel).map((name) => {
    const question = questionOf(name);
    return {
      after: question.after,
      control: {
        name,
        label: t(questionLabel(name, 'visitor')),
        value: texts[name],
        error: fields[name],
        mark: marks[name],
        required: question.asked[channel] === 'required',
        ...(question.kind === 'choice'
          ? { options: question.choices.map((value) => ({ value, label: t(choiceLabel(name, value)) })) }
          : textControl(question, `question.${name}.placeholder`, t)),
      },
    };
  });
}

function textControl(
  { kind, longest, placeholder }: Exclude<VisitQuestion, { kind: 'choice' }>,
  example: string,
  t: Translate,
) {
  return {
    // A little more than is accepted: what is pasted is refused with a sentence, not cut off unseen.
    maxlength: Math.max(longest + 10, Math.round(longest * 1.1)),
    placeholder: placeholder && t(example),
    ...(kind === 'lines' ? { rows: 2 } : { autocomplete: 'off' }),
  };
}
