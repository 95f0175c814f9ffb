/** Releases are numbered by SemVer: `major.minor.patch`. */

const numbers = (release: string): [number, number] | undefined => {
  const found = /^(\d+)\.(\d+)\./.exec(release);
  return found ? [Number(found[1]), Number(found[2])] : undefined;
};

/**
 * Whether a page that was drawn by `page` is too old for a process of `own`. Supported is the newest minor version and the
 * one before it; before the first of a major version, that is any of the major before. A newer page is not too old: while
 * releases run beside each other it may meet either.
 */
export function isTooOld(page: string, own: string): boolean {
  const [drawn, running] = [numbers(page), numbers(own)];
  if (!drawn || !running) return false;
  const [majors, minors] = [running[0] - drawn[0], running[1] - drawn[1]];
  if (majors <= 0) return majors === 0 && minors > 1;
  return majors > 1 || running[1] > 0;
}
