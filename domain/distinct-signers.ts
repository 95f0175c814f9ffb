/**
 * Each signature of a step is another person's: who signs what so that as many as possible find a signer of their own – a
 * largest matching, by augmenting paths. A step has few signatures.
 *
 * @param signers of each signature, who could give it
 * @returns the signatures that find nobody, as their positions in the list
 */
export function withoutSigner(signers: readonly (readonly string[])[]): number[] {
  const given = new Map<string, number>();
  const give = (signature: number, tried: Set<string>): boolean =>
    (signers[signature] ?? []).some((person) => {
      if (tried.has(person)) return false;
      tried.add(person);
      const other = given.get(person);
      if (other !== undefined && !give(other, tried)) return false;
      given.set(person, signature);
      return true;
    });
  return signers.map((_, signature) => signature).filter((signature) => !give(signature, new Set()));
}

/**
 * Whether a signature would leave another one with nobody, since who gives it gives no other.
 *
 * @param signers of each signature, who could give it
 * @param signature its position
 * @param by who gives it, and for whom
 */
export function takesLastSigner(
  signers: readonly (readonly string[])[],
  signature: number,
  by: readonly string[],
): boolean {
  const others = signers
    .filter((_, other) => other !== signature)
    .map((people) => people.filter((person) => !by.includes(person)));
  return withoutSigner(others).length > withoutSigner(signers).length;
}
