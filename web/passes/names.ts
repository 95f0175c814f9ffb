import { maskName } from '../../domain/masking.ts';
import type { Pass } from '../../store/passes/pass.ts';
import { companionsOnPasses } from '../../store/passes/shown-with-pass.ts';
import type { WebDeps } from '../deps.ts';

/**
 * Whose passes these are, by the passes' ids, so that a lead tells them apart: companions masked, for screens are looked at
 * over shoulders. The lead's own has no name: it needs none. The first person is a companion too where the lead booked for
 * somebody else.
 */
export async function namesOn(
  { db, cipher }: Pick<WebDeps, 'db' | 'cipher'>,
  passes: Pass[],
): Promise<Map<string, string>> {
  if (passes.length === 0) return new Map();
  const people = await companionsOnPasses(db, cipher, passes);
  return new Map(
    passes.flatMap(({ id, reservation, ordinal }) => {
      const person = people.find((one) => one.reservation === reservation && one.ordinal === ordinal);
      return person ? [[id, maskName(person.name)] as const] : [];
    }),
  );
}
