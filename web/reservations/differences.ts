import { timeRange } from '../../domain/time.ts';
import { type AnswerReader, answersSeenBy, questionLabel, questionOf } from '../../domain/visit-answers.ts';
import type { Translate } from '../../platform/i18n.ts';
import type { Submission } from '../../store/reservations/submission.ts';
import type { Formatting } from '../formatting.ts';
import { answerText } from './answer-text.ts';

/** A change beside the standing visit, line by line: the old value and the new. Only lines that differ. */

export interface Difference {
  /** Catalogue key of what differs. */
  what: string;
  old: string;
  new: string;
  /** Typed in several lines. */
  lines?: boolean;
}

type Compared = Pick<Submission, 'from' | 'until' | 'answers' | 'people' | 'awaited'>;

/** An empty side is ''. Staff see plates as `plateAs` shows them, and of the answers what they may read. */
export function differencesBetween(
  base: Compared,
  wanted: Compared,
  {
    reader,
    plateAs,
    t,
    format,
  }: { reader: AnswerReader; plateAs: (plate: string) => string; t: Translate; format: Pick<Formatting, 'list'> },
): Difference[] {
  const plateOf = ({ people }: Compared) => people.find(({ ordinal }) => ordinal === 0)?.plate ?? null;
  const shown = (plate: string | null) => (plate === null ? '' : plateAs(plate));
  const names = (of: Compared, without: Compared) =>
    format.list(
      members(of)
        .filter(({ ordinal }) => !members(without).some((other) => other.ordinal === ordinal))
        .map(({ name }) => name),
    );
  const all: Difference[] = [
    { what: 'change.window', old: timeRange(base.from, base.until), new: timeRange(wanted.from, wanted.until) },
    { what: 'change.removed', old: names(base, wanted), new: '' },
    { what: 'change.added', old: '', new: names(wanted, base) },
  ].filter((one) => one.old !== one.new);
  // Compared as they are: two plates may look the same once masked.
  if (plateOf(base) !== plateOf(wanted)) {
    all.push({ what: 'change.plate', old: shown(plateOf(base)), new: shown(plateOf(wanted)) });
  }
  const answers = answersSeenBy(reader)
    .filter((name) => base.answers[name] !== wanted.answers[name])
    .map((name) => ({
      what: questionLabel(name, reader),
      old: answerText(base.answers, name, t),
      new: answerText(wanted.answers, name, t),
      lines: questionOf(name).kind === 'lines',
    }));
  return [...all, ...answers];
}

const members = ({ people, awaited }: Compared): { ordinal: number; name: string }[] => [...people, ...awaited];
