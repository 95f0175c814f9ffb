import { isFree } from '../embedded/ports.ts';

/** In this order from the base on, so that one number moves them all. */
const uses = {
  web: 'the pages',
  south: 'the south gate',
  east: 'the east gate',
  sandbox: 'the sandbox',
  temporalUi: 'the Temporal Web UI',
  webOps: 'operations of web',
  workerOps: 'operations of worker',
  southOps: 'operations of the south gate',
  eastOps: 'operations of the east gate',
  postgres: 'PostgreSQL',
  temporal: 'Temporal',
  mail: "the sandbox's mail server",
  door: 'the door for gates',
  doorOps: 'operations of the door',
};

export type Ports = Record<keyof typeof uses, number>;

export function portsFrom(base: number): Ports {
  return Object.fromEntries(Object.keys(uses).map((use, n) => [use, base + n])) as Ports;
}

/** @throws Error naming every port that is taken, and what to do. */
export async function requireFree(ports: Ports, needed: (keyof Ports)[], base: number): Promise<void> {
  const taken: string[] = [];
  for (const use of needed) if (!(await isFree(ports[use]))) taken.push(`${ports[use]} (${uses[use]})`);
  if (taken.length === 0) return;
  const [verb, noun] = taken.length === 1 ? ['is', 'Port'] : ['are', 'Ports'];
  throw new Error(
    `${noun} ${taken.join(', ')} ${verb} taken by another program: stop it, or start with other ports by "npm start -- --port-base ${base + 1000}".`,
  );
}
