import type { CallbackAnswer, CallbackReading } from './messenger.ts';

/** What callbacks that are JSON have in common. */

export function parseJson(text: Buffer | string): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}

export const answerJson = (body: unknown): CallbackAnswer => ({ type: 'application/json', body: JSON.stringify(body) });

/** Rightly signed, and about something else. */
export const nothingForUs: CallbackReading = { kind: 'answered', answer: answerJson({}) };
