/** Does `work` `count` times, `lanes` at once: a lane that has finished begins the next. The first failure ends it. */
export async function inLanes(
  { count, lanes }: { count: number; lanes: number },
  work: () => Promise<void>,
): Promise<void> {
  let begun = 0;
  const lane = async () => {
    while (begun < count) {
      begun += 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
