import { maskDocument, maskPhone } from '../../domain/masking.ts';
import { bookableOf, type Companion } from '../../store/companions/companion.ts';
import type { SubmittedPerson } from '../../store/reservations/submission.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';

/**
 * 来访人, the person who visits: the visitor, or a person of their book who has no account, such as a grandmother at
 * home. In the second case the visitor books without coming along, gets the messages, and shows or prints the pass.
 */
export interface Visiting {
  choices: { value: string; label: string }[];
  chosen: Companion | undefined;
}

type Deps = Pick<WebDeps, 'db' | 'reads' | 'cipher'>;

/** What the form offers. @param chosen as it was sent; a person who cannot be chosen any more counts as nobody */
export async function visitingOf(deps: Deps, lead: string, chosen: string): Promise<Visiting> {
  const companions = await bookableOf(deps, lead);
  return {
    choices: companions.map((one) => ({ value: one.id, label: `${one.name} · ${numberOf(one)}` })),
    chosen: companions.find(({ id }) => id === chosen),
  };
}

const numberOf = ({ phone, declared }: Companion): string =>
  phone ? maskPhone(phone) : maskDocument(declared?.document ?? '');

/** The person an earlier submission was for, where that was not its booker. */
export const visitedFor = (people: SubmittedPerson[] | undefined): string => {
  const [first] = people ?? [];
  return (first?.ordinal === 0 && first.visitor === null && first.companion) || '';
};

/** Empty: the visitor. A text that is no id of a row names nobody, and is refused. */
export const isOther = (visiting: string): boolean => visiting !== '';

export const companionOf = (visiting: string): string | undefined => (isUuid(visiting) ? visiting : undefined);
