import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { listen } from '../../platform/listening.ts';
import { readCompose } from '../../testing/compose-file.ts';
import { until } from '../../testing/until.ts';
import { goBinary } from './go-binaries.ts';

/** The TLS proxy before two `web`. */
export interface TlsProxy {
  /** As people type it. */
  url: string;
  /** Who signed its certificate, as PEM. */
  authority: string;
  /** As the health check of its container asks it. */
  isWell(): Promise<boolean>;
  /** Everything that it wrote. */
  said(): string;
  stop(): Promise<void>;
}

interface Around {
  folder: string;
  ports: { https: number; http: number; gates: number };
  /** Ports of this machine. */
  upstreams: number[];
  /** Host and port of the door; left out: there is none. */
  door?: string;
}

const top = fileURLToPath(new URL('../..', import.meta.url));

/** The proxy of the compose file with its own settings where it is to be had, else a small one. */
export async function startProxy(around: Around): Promise<TlsProxy> {
  const caddy = await goBinary('caddy');
  return caddy ? startCaddy(caddy, around) : startSmallProxy(around);
}

async function startCaddy(caddy: string, { folder, ports, upstreams, door }: Around): Promise<TlsProxy> {
  const written = join(folder, 'proxy.log');
  const log = openSync(written, 'a');
  const child: ChildProcess = spawn(
    caddy,
    ['run', '--config', join(top, 'deploy/proxy/Caddyfile'), '--adapter', 'caddyfile'],
    {
      env: {
        HOME: folder,
        XDG_DATA_HOME: folder,
        XDG_CONFIG_HOME: folder,
        PUBLIC_HOST: 'localhost',
        PROXY_TLS: 'internal',
        PROXY_HTTPS_PORT: String(ports.https),
        PROXY_HTTP_PORT: String(ports.http),
        PROXY_GATES_PORT: String(ports.gates),
        ...(door && { DOOR_UPSTREAM: `h2c://${door}` }),
        WEB_UPSTREAMS: upstreams.map((port) => `127.0.0.1:${port}`).join(' '),
      },
      stdio: ['ignore', log, log],
    },
  );
  const root = join(folder, 'caddy/pki/authorities/local/root.crt');
  const authority = await until(() => readFileSync(root, 'utf8'), 'the authority of the proxy');
  await until(() => greeted(ports.https, authority), 'the proxy has its certificate');
  return {
    url: `https://localhost:${ports.https}`,
    authority,
    isWell: () => asContainersAreAsked(ports.gates),
    said: () => readFileSync(written, 'utf8'),
    async stop() {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** The authority is there a moment before what it signs. */
async function greeted(port: number, ca: string): Promise<true> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
  await once(socket, 'secureConnect').finally(() => socket.destroy());
  return true;
}

/** By the health check of the compose file, at this port. */
async function asContainersAreAsked(gates: number): Promise<boolean> {
  const [, command = '', ...args] = readCompose().services.proxy?.healthcheck?.test ?? [];
  const asked = args.map((word) => word.replace(':8081/', `:${gates}/`));
  return promisify(execFile)(command, asked, { timeout: 5_000 }).then(
    () => true,
    () => false,
  );
}

/** Hands each request to one of both, and to the other one where it is refused: what is asked of any proxy. */
async function startSmallProxy({ ports, upstreams }: Around): Promise<TlsProxy> {
  const pem = (name: string) => readFileSync(join(top, 'testing/certificates', name), 'utf8');
  const server = createServer({ cert: pem('engine.pem'), key: pem('engine.key') }, (incoming, answer) => {
    handOn(incoming, answer, upstreams, Date.now() + 15_000);
  });
  await listen(server, { host: '127.0.0.1', port: ports.https });
  return {
    url: `https://127.0.0.1:${ports.https}`,
    authority: pem('ca.pem'),
    isWell: async () => server.listening,
    said: () => '',
    stop: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function handOn(incoming: IncomingMessage, answer: ServerResponse, upstreams: number[], giveUp: number): void {
  const [port, ...others] = upstreams;
  const headers = {
    ...incoming.headers,
    connection: 'close',
    'x-forwarded-for': incoming.socket.remoteAddress,
    'x-forwarded-proto': 'https',
  };
  const asked = request({
    host: '127.0.0.1',
    port,
    method: incoming.method,
    path: incoming.url,
    headers,
    agent: false,
  });
  asked.on('response', (given) => {
    answer.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(answer);
  });
  asked.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNREFUSED' || Date.now() > giveUp) return void answer.writeHead(502).end();
    pause(250).then(() => handOn(incoming, answer, [...others, port ?? 0], giveUp));
  });
  // Nothing of a form is sent before there is somebody who takes it.
  asked.on('socket', (socket) => socket.once('connect', () => incoming.pipe(asked)));
}
