import { maskName } from '../../domain/masking.ts';
import { type Pass, peopleOnPasses } from '../../store/pass.ts';
import type { WebDeps } from '../deps.ts';

/**
 * Whose passes these are, by the passes' ids, so that a lead tells them apart: companions masked, for screens are looked at
 * over shoulders. The lead's own has no name: it needs none.
 */
export async function namesOn(
  { db, cipher }: Pick<WebDeps, 'db' | 'cipher'>,
  passes: Pass[],
): Promise<Map<string, string>> {
  const companions = passes.filter(({ ordinal }) => ordinal > 0);
  if (companions.length === 0) return new Map();
  const people = await peopleOnPasses(db, cipher, companions);
  return new Map(
    companions.flatMap(({ id, reservation, ordinal }) => {
      const person = people.find((one) => one.reservation === reservation && one.ordinal === ordinal);
      return person ? [[id, maskName(person.name)] as const] : [];
    }),
  );
}
