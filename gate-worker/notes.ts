import type { Entered, GatePlace } from '../domain/feed.ts';
import { clockTime, hour, minute, shortTime } from '../domain/time.ts';
import { type Language, languages, translator } from '../platform/i18n.ts';

/** What a guard is told beside an answer. Nothing personal. */
export type Note =
  /** This person came in a short while ago: here, or at another gate. */
  | { kind: 'again'; ago: number; gate?: Entered['gate'] }
  /** The gate has not read its whole feed yet: a revoked pass may open. */
  | { kind: 'catching_up' }
  /** What happens is kept in memory only. */
  | { kind: 'unwritten' }
  /** No pass did: the arm leads out, or the fire alarm is on. */
  | { kind: 'exit' | 'fire_alarm' }
  /** Refused by a clock that is wrong. */
  | { kind: 'clock' }
  /** Refused: it opens from then on, which is so many ms away. */
  | { kind: 'early'; from: number; wait: number }
  /** Refused: it opened until then. */
  | { kind: 'late'; until: number };

/** The note in every language, as a guard reads it. */
export function noteSentences(note: Note, place: GatePlace | undefined): Record<Language, string> {
  return Object.fromEntries(languages.map((language) => [language, sentence(note, place, language)])) as Record<
    Language,
    string
  >;
}

function sentence(note: Note, place: GatePlace | undefined, language: Language): string {
  const t = translator(language);
  if (note.kind === 'late') return t('note.late', { time: shortTime(note.until) });
  if (note.kind === 'early') {
    const soon = { minutes: Math.ceil(note.wait / minute), time: clockTime(note.from) };
    return note.wait < hour ? t('note.early_soon', soon) : t('note.early', { time: shortTime(note.from) });
  }
  if (note.kind !== 'again') return t(`note.${note.kind}`);
  const minutes = Math.floor(note.ago / minute);
  const gate = (note.gate ?? place?.gateName)?.[language] ?? '';
  return minutes < 1 ? t('note.again_now', { gate }) : t('note.again', { gate, minutes });
}
