import { codeIn } from '../domain/one-time-code.ts';

/** What a form sent under a name: text, or '' when there is none. A name sent twice counts once. */
export function textOf(body: unknown, name: string): string {
  if (typeof body !== 'object' || body === null) return '';
  const value: unknown = Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : '';
}

/** A code as a person types it off a text or an app, or pastes it with the sentence around it. */
export const codeTyped = (body: unknown, name = 'code'): string => codeIn(textOf(body, name));

/** Characters that a field of a code takes: a whole text message. */
export const codeFieldLength = 300;

/**
 * Whether a tick was set: sent once, with the value that the form gave it – of a consent, the id of the very text.
 * `no`, `false`, an empty value or two values agree to nothing.
 */
export function isTicked(body: unknown, name: string, value = 'yes'): boolean {
  const sent = allTextsOf(body, name);
  return value !== '' && sent.length === 1 && sent[0] === value;
}

/** The names' texts as one record: what a form shows again after a refusal. */
export function textsOf<N extends string>(body: unknown, names: readonly N[]): Record<N, string> {
  return Object.fromEntries(names.map((name) => [name, textOf(body, name)])) as Record<N, string>;
}

/** Every text that a form sent under a name, ticked boxes for example; none: []. */
export function allTextsOf(body: unknown, name: string): string[] {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return [];
  const value: unknown = (body as Record<string, unknown>)[name];
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}
