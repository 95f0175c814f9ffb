import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the sandbox listens: to this machine alone. Containers come by the doors, which lead to the same two. */
export interface SandboxPorts {
  sandbox: number;
  mail: number;
  sandboxDoor: number;
  mailDoor: number;
}

const script = fileURLToPath(new URL('../../bin/sandbox.ts', import.meta.url));
const relay = readFileSync(new URL('relay.mjs', import.meta.url), 'utf8');
const relayArgs = (...args: string[]) => ['--input-type=module', '--eval', relay, '--', ...args];

/**
 * The sandbox beside containers.
 * @param env the office's
 * @param authority who signed the proxy's certificate, as PEM: the sandbox sends its receipts there
 */
export function startSandboxBeside(
  folder: string,
  env: Record<string, string | undefined>,
  { ports, authority }: { ports: SandboxPorts; authority: string },
): { stop(): void } {
  const file = join(folder, 'authority.pem');
  writeFileSync(file, authority);
  const partner = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value && /^(WECHAT|SMS|SMTP|MAIL)_/.test(name)),
  );
  const start = (args: string[], own: NodeJS.ProcessEnv): ChildProcess =>
    spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...own }, stdio: 'ignore' });
  const children = [
    start(['--no-warnings', script], {
      ...partner,
      XIAOMEN_MODE: 'demo',
      PUBLIC_URL: env.PUBLIC_URL,
      SANDBOX_PORT: String(ports.sandbox),
      SANDBOX_MAIL_PORT: String(ports.mail),
      NODE_EXTRA_CA_CERTS: file,
    }),
    start(
      relayArgs('0.0.0.0', '127.0.0.1', `${ports.sandboxDoor}:${ports.sandbox}`, `${ports.mailDoor}:${ports.mail}`),
      {},
    ),
  ];
  return {
    stop() {
      for (const child of children) child.kill('SIGTERM');
    },
  };
}

/** What a container runs, so that the sandbox's own addresses lead to the sandbox there too: it answers to no other name. */
export function relayInContainer({ sandbox, mail, sandboxDoor, mailDoor }: SandboxPorts): string[] {
  return [
    'node',
    ...relayArgs('127.0.0.1', 'host.containers.internal', `${sandbox}:${sandboxDoor}`, `${mail}:${mailDoor}`),
  ];
}
