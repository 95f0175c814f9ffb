/**
 * Says for each key whether this is the first time within a while: pages ask again every few seconds, and
 * the audit should say that somebody looked, not how often a page polled.
 */
export function onceWithin(milliseconds: number, now: () => number = Date.now): (key: string) => boolean {
  const seen = new Map<string, number>();
  return (key) => {
    const at = now();
    for (const [old, when] of seen) if (at - when >= milliseconds) seen.delete(old);
    if (seen.has(key)) return false;
    seen.set(key, at);
    return true;
  };
}
