import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/**
 * A proxy in front of `web`, as a site has one: it goes round its upstreams on connections that it keeps, tries the next
 * where nobody takes a connection, and repeats nothing that was sent.
 */
export interface Front {
  /** Ports of the upstreams; may be changed at any time. */
  upstreams: number[];
  /** What it could not pass on: method, path and why. */
  failures: string[];
  stop(): Promise<void>;
}

export async function startFront(port: number, upstreams: number[]): Promise<Front> {
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const front: Front = {
    upstreams,
    failures: [],
    stop: () =>
      new Promise((done) => {
        agent.destroy();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };

  async function pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    let why = 'no upstream';
    turn += 1;
    for (let tried = 0; tried < front.upstreams.length; tried += 1) {
      const upstream = front.upstreams[(turn + tried) % front.upstreams.length] ?? 0;
      const failed = await passTo(upstream, { incoming, body, answer });
      if (!failed) return;
      why = failed;
      if (failed !== 'ECONNREFUSED') break;
    }
    front.failures.push(`${incoming.method} ${incoming.url}: ${why}`);
    if (!answer.headersSent) answer.writeHead(502);
    answer.end();
  }

  /** @returns why it could not be passed on */
  function passTo(
    upstream: number,
    { incoming, body, answer }: { incoming: IncomingMessage; body: Buffer; answer: ServerResponse },
  ): Promise<string | undefined> {
    const { method, url: path, headers } = incoming;
    return new Promise((resolve) => {
      const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
      const { connection: _, ...others } = headers;
      const sent = request({ host: '127.0.0.1', port: upstream, method, path, agent, headers: others }, (answered) => {
        const { connection: __, 'keep-alive': ___, ...theirs } = answered.headers;
        answer.writeHead(answered.statusCode ?? 502, theirs);
        answered.on('error', failed).on('end', () => resolve(undefined));
        answered.pipe(answer);
      });
      sent.on('error', failed).end(body);
    });
  }

  const server = createServer((incoming, answer) => void pass(incoming, answer));
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return front;
}
