import type { Ports } from './ports.ts';

const PATIENCE_MS = 60_000;

/** Waits until each process can do its main job. @returns the names of those that still cannot */
export async function untilReady(ports: Ports): Promise<string[]> {
  const waited = {
    web: ports.webOps,
    worker: ports.workerOps,
    door: ports.doorOps,
    'south gate': ports.southOps,
    'east gate': ports.eastOps,
  };
  const deadline = Date.now() + PATIENCE_MS;
  const late = await Promise.all(
    Object.entries(waited).map(async ([name, port]) => {
      while (!(await isReady(port))) {
        if (Date.now() > deadline) return [name];
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return [];
    }),
  );
  return late.flat();
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(3_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
