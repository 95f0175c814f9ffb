/** In milliseconds. What comes soon is noticed at once; what takes long is not asked for all the time, since asking is work too. */
const pause = { first: 15, growth: 1.25, longest: 60 };

/**
 * Asks again until the answer is neither undefined, null nor false, and returns it: tests wait for
 * what happens, never for a length of time.
 *
 * @param seconds after which the wait fails; generous, since it costs only when the test is red.
 */
export async function until<T>(
  ask: () => T | Promise<T>,
  what = 'what was awaited',
  seconds = 30,
): Promise<Exclude<Awaited<T>, undefined | null | false>> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  let wait = pause.first;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer as never;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`After ${seconds} s still not: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * pause.growth, pause.longest);
  }
}
