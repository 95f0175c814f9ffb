/** One thing to look at: resolves to what was found, rejects with what is wrong and what to do. */
export type Check = { name: string; look(): Promise<string> };

const PATIENCE_MS = 10_000;

/** Runs the checks in turn and prints a line each. @returns how many found a fault */
export async function runChecks(checks: Check[]): Promise<number> {
  let faults = 0;
  for (const { name, look } of checks) {
    try {
      console.log(line('ok', name, await within(PATIENCE_MS, look())));
    } catch (error) {
      faults += 1;
      console.log(line('FAULT', name, (error as Error).message.split('\n')[0] ?? ''));
    }
  }
  return faults;
}

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
