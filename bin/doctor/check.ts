/**
 * One thing to look at: resolves to what was found, rejects with what is wrong and what to do. `needs`: the settings it
 * goes by. `patience`, in ms, where it takes longer than a question.
 */
export type Check = { name: string; needs: string[]; patience?: number; look(): Promise<string> };

const PATIENCE_MS = 10_000;

/**
 * Runs the checks in turn and prints a line each; what goes by a bad setting waits for that to be put right.
 * @returns how many found a fault
 */
export async function runChecks(checks: Check[], bad: ReadonlySet<string>): Promise<number> {
  let faults = 0;
  for (const { name, needs, patience = PATIENCE_MS, look } of checks) {
    const missed = needs.filter((setting) => bad.has(setting));
    if (missed.length > 0) {
      console.log(line('skipped', name, `looked at once ${missed.join(', ')} is right`));
      continue;
    }
    try {
      console.log(line('ok', name, await within(patience, look())));
    } catch (error) {
      faults += 1;
      console.log(line('FAULT', name, (error as Error).message.split('\n')[0] ?? ''));
    }
  }
  return faults;
}

/** One line of the report. */
export function line(state: string, name: string, said: string): string {
  return `${state.padEnd(8)}${name.padEnd(24)} ${said}`;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
