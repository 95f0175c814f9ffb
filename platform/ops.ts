import { createServer, type ServerResponse } from 'node:http';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import { hostInAddress } from './host-in-address.ts';
import { drain, listen } from './listening.ts';
import type { Log } from './log.ts';
import { standardOutput } from './log-output.ts';
import { watchEventLoop } from './process-figures.ts';

/** Something this process depends on. `required`: without it the process cannot do its main job. */
export interface Check {
  required: boolean;
  /** Rejects, or takes longer than two seconds, when it is not there. */
  probe(): Promise<unknown>;
}

export interface Ops {
  url: string;
  port: number;
  close(): Promise<void>;
}

const patience = 2_000;
let collecting = false;
/** Of every listener of this process: a test may have several. */
const watched = new Map<Record<string, Check>, AbortSignal>();

/**
 * The operators' own port: `/healthz` (alive), `/readyz` (can do its main job; `degraded` lists what else is missing, `log` too),
 * `/metrics` (Prometheus). Never on a public address.
 */
export async function startOps(options: {
  host: string;
  port: number;
  checks: Record<string, Check>;
  log: Log;
}): Promise<Ops> {
  if (!collecting) {
    collecting = true;
    collectDefaultMetrics();
    watchEventLoop();
    new Gauge({ name: 'log_lines_lost', help: 'Lines that the log could not write.', collect: collectLost });
    new Gauge({
      name: 'xiaomen_part_well',
      help: 'Whether a part without which this process cannot do its main job is there, 1 or 0, as /readyz says.',
      labelNames: ['part'],
      collect: collectParts,
    });
  }
  const checks = { ...options.checks, log: logCheck };
  const ending = new AbortController();
  watched.set(options.checks, ending.signal);
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response, { checks, ending: ending.signal }).catch((error: unknown) => {
      options.log.error({ err: error }, 'the operations page failed');
      if (!response.headersSent) send(response, 500, { status: 'failed' });
    });
  });
  server.requestTimeout = 5_000;
  const port = await listen(server, options);
  return {
    url: `http://${hostInAddress(options.host)}:${port}`,
    port,
    close() {
      watched.delete(options.checks);
      // What is asked ends beside this, and may answer no more.
      ending.abort();
      return drain(server, patience);
    },
  };
}

/** A log that cannot be written stops nothing: the disk is full, or nobody reads it any more. */
const logCheck: Check = {
  required: false,
  probe: async () => {
    if (standardOutput().isFailing()) throw new Error('the log is not written');
  },
};

function collectLost(this: Gauge): void {
  this.set(standardOutput().lost());
}

async function collectParts(this: Gauge): Promise<void> {
  for (const [all, ending] of watched) {
    const checks = Object.fromEntries(Object.entries(all).filter(([, { required }]) => required));
    const missing = await missingParts({ checks, ending });
    for (const part of Object.keys(checks)) this.set({ part }, missing.includes(part) ? 0 : 1);
  }
}

interface Asked {
  checks: Record<string, Check>;
  /** The process ends: nothing of it is there any more. */
  ending: AbortSignal;
}

async function answer(path: string, response: ServerResponse, asked: Asked): Promise<void> {
  switch (path.split('?')[0]) {
    case '/healthz':
      return send(response, 200, { status: 'alive' });
    case '/readyz': {
      const missing = await missingParts(asked);
      const ready = !missing.some((name) => asked.checks[name]?.required);
      return send(response, ready ? 200 : 503, { ready, degraded: missing });
    }
    case '/metrics':
      response.setHeader('Content-Type', register.contentType);
      response.end(await register.metrics());
      return;
    default:
      return send(response, 404, { status: 'not_found' });
  }
}

/** Names of the checks that failed, or whose process ends. */
async function missingParts({ checks, ending }: Asked): Promise<string[]> {
  const names = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      const late = AbortSignal.any([AbortSignal.timeout(patience), ending]);
      const tooLate = new Promise<never>((_, reject) => late.addEventListener('abort', () => reject(late.reason)));
      try {
        late.throwIfAborted();
        await Promise.race([check.probe(), tooLate]);
        return [];
      } catch {
        return [name];
      }
    }),
  );
  return names.flat();
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}
