import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export interface Shot {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
}
export interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  /** As it came over the wire, compressed. */
  body: Buffer;
}
export interface Shots {
  /** Milliseconds from sending to the answer's last byte. */
  taken: number[];
  failed: number;
}

/**
 * Constant arrival: shot n is sent at `n / perSecond` seconds, however long earlier ones take, so a server that stalls
 * keeps everyone waiting who came meanwhile, and that waiting is measured.
 */
export async function openLoop(
  shots: Shot[],
  perSecond: number,
  isRight = ({ status }: Answer) => status === 200,
): Promise<Shots> {
  const agent = new Agent({ keepAlive: true });
  const result: Shots = { taken: [], failed: 0 };
  const began = performance.now();
  const answers: Promise<void>[] = [];
  for (const [n, shot] of shots.entries()) {
    const early = began + (n * 1000) / perSecond - performance.now();
    if (early > 0) await wait(early);
    answers.push(measure(agent, shot, isRight, result));
  }
  await Promise.all(answers);
  agent.destroy();
  return result;
}

async function measure(agent: Agent, shot: Shot, isRight: (answer: Answer) => boolean, result: Shots): Promise<void> {
  const sent = performance.now();
  try {
    const answer = await send(agent, shot);
    result.taken.push(performance.now() - sent);
    if (!isRight(answer)) result.failed += 1;
  } catch {
    result.failed += 1;
  }
}

/** One request, its answer read to the end. */
export function send(agent: Agent, { url, method = 'GET', headers = {}, body }: Shot): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) });
      });
    });
    outgoing.setTimeout(30_000, () => outgoing.destroy(new Error('no answer within 30 s')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The value that this share (0.99) of all is not above. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
