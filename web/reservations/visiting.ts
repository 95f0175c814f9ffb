import { maskDocument, maskPhone } from '../../domain/masking.ts';
import { bookableOf, type Companion } from '../../store/companions/companion.ts';
import type { SubmittedPerson } from '../../store/reservations/submission.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';

/**
 * 来访人: oneself, or somebody of the own book without an account, for whom one books and does not come along: a
 * grandmother at home. The messages come to whoever books; the pass is shown or printed by them.
 */
export interface Visiting {
  choices: { value: string; label: string }[];
  chosen: Companion | undefined;
}

type Deps = Pick<WebDeps, 'db' | 'reads' | 'cipher'>;

/** What the form offers. @param chosen as it was sent; whoever cannot be chosen any more is nobody */
export async function visitingOf(deps: Deps, lead: string, chosen: string): Promise<Visiting> {
  const companions = await bookableOf(deps, lead);
  return {
    choices: companions.map((one) => ({ value: one.id, label: `${one.name} · ${numberOf(one)}` })),
    chosen: companions.find(({ id }) => id === chosen),
  };
}

const numberOf = ({ phone, declared }: Companion): string =>
  phone ? maskPhone(phone) : maskDocument(declared?.document ?? '');

/** Whom an earlier submission was for, where it was not the one who asked. */
export const visitedFor = (people: SubmittedPerson[] | undefined): string => {
  const [first] = people ?? [];
  return (first?.ordinal === 0 && first.visitor === null && first.companion) || '';
};

/** Empty: oneself. Whatever is no id of a row names nobody, and is refused as such. */
export const isOther = (visiting: string): boolean => visiting !== '';

export const companionOf = (visiting: string): string | undefined => (isUuid(visiting) ? visiting : undefined);
