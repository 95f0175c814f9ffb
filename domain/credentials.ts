import { code } from './credential-code.ts';
import type { CredentialKind } from './credential-kind.ts';
import { plate } from './credential-plate.ts';
import { qr } from './credential-qr.ts';

/**
 * What may be shown at a gate. A kind is an object of its own, a line here, and its name and use as sentences in the
 * catalogues; gates, pages and rows have no list of their own. In the order in which a text typed at a gate is tried.
 */
export const credentials = { qr, plate, code } satisfies Record<string, CredentialKind>;

/** How a credential reached the gate; also a column of rows and of gates' stores. */
export type EntryMethod = keyof typeof credentials;

export const credentialKinds = Object.keys(credentials) as [EntryMethod, ...EntryMethod[]];

/** What a text in the device page's one field is meant as. */
export const kindOfTyped = (text: string): EntryMethod =>
  credentialKinds.find((kind) => credentials[kind].announces(text)) ?? 'code';

/** What a text before a reader is meant as. Never a plate: the one of somebody who is expected is soon written down. */
export function kindOfShown(text: string): EntryMethod {
  const kind = kindOfTyped(text);
  return kind === 'plate' ? 'code' : kind;
}
