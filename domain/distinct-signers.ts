/**
 * How many tasks could be signed at once, each by another person: a largest matching, found by augmenting paths. A step has
 * few signatures.
 *
 * @param signers of each task, who could sign it
 */
export function mostSigned(signers: readonly (readonly string[])[]): number {
  const taken = new Map<string, number>();
  const finds = (task: number, tried: Set<string>): boolean =>
    (signers[task] ?? []).some((person) => {
      if (tried.has(person)) return false;
      tried.add(person);
      const other = taken.get(person);
      if (other !== undefined && !finds(other, tried)) return false;
      taken.set(person, task);
      return true;
    });
  return signers.filter((_, task) => finds(task, new Set())).length;
}
