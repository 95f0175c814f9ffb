import { code } from './credential-code.ts';
import type { CredentialKind } from './credential-kind.ts';
import { plate } from './credential-plate.ts';
import { qr } from './credential-qr.ts';

/**
 * What may be shown at a gate. A kind is an object of its own, a line here, and its name and use as sentences in the
 * catalogues; gates, pages and rows have no list of their own. In the order in which a text typed at a gate is tried.
 */
export const credentials = { qr, plate, code } satisfies Record<string, CredentialKind>;

/** What was shown. */
export type CredentialName = keyof typeof credentials;

/** How somebody passed: by what was shown, or let in by a guard's hand. Also a column of rows and of gates' stores. */
export type EntryMethod = CredentialName | 'hand';

export const credentialKinds = Object.keys(credentials) as [CredentialName, ...CredentialName[]];
export const entryMethods: readonly EntryMethod[] = [...credentialKinds, 'hand'];

/** What a text in the device page's one field is meant as. */
export const kindOfTyped = (text: string): CredentialName =>
  credentialKinds.find((kind) => credentials[kind].announces(text)) ?? 'code';

/** What a text before a reader is meant as. Never a plate: the one of somebody who is expected is soon written down. */
export function kindOfShown(text: string): CredentialName {
  const kind = kindOfTyped(text);
  return kind === 'plate' ? 'code' : kind;
}
