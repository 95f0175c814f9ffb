import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export interface Shot {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
}
export interface Latencies {
  p50: number;
  p95: number;
  p99: number;
  max: number;
  count: number;
  failed: number;
}

/**
 * Constant arrival: shot n is due at `n / perSecond` seconds, whether or not earlier ones have been answered,
 * and its latency counts from when it was *due* – a server that stalls is charged for everyone who waited.
 * Any status other than `expected` is a failure. Milliseconds.
 */
export async function openLoop(shots: Shot[], perSecond: number, expected = 200): Promise<Latencies> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const taken: number[] = [];
  let failed = 0;
  const began = performance.now();
  const answers: Promise<void>[] = [];
  for (const [n, shot] of shots.entries()) {
    const due = began + (n * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await wait(early);
    answers.push(
      send(agent, shot).then(
        ({ status }) => {
          taken.push(performance.now() - due);
          if (status !== expected) failed += 1;
        },
        () => {
          failed += 1;
        },
      ),
    );
  }
  await Promise.all(answers);
  agent.destroy();
  return { ...percentiles(taken), failed };
}

/** One request, its body read to the end; `bytes` as they came over the wire (compressed). */
export function send(
  agent: Agent,
  shot: Shot,
): Promise<{ status: number; body: Buffer; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      shot.url,
      { agent, method: shot.method ?? 'GET', headers: shot.headers ?? {} },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks), headers: answer.headers }),
        );
        answer.on('error', reject);
      },
    );
    outgoing.setTimeout(30_000, () => outgoing.destroy(new Error('no answer within 30 s')));
    outgoing.on('error', reject);
    outgoing.end(shot.body);
  });
}

export function percentiles(taken: number[]): Omit<Latencies, 'failed'> {
  const sorted = [...taken].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), count: sorted.length };
}
