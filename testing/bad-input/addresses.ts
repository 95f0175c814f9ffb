import { randomUUID } from 'node:crypto';
import type { System } from '../system.ts';
import type { VisitorBrowser } from '../visitor-browser.ts';
import { fingerprint } from './fingerprint.ts';
import { encode } from './ground.ts';
import { isStaff, type Route } from './routes.ts';

/** Addresses with what does not belong there, and forms with what nobody types. */

export type Agent = VisitorBrowser['agent'];

export const strangeIds = [
  '%00',
  '1%27%20or%201%3D1--',
  '%F0%9F%99%82',
  '%E2%80%AE',
  '..%2f..%2fetc%2fpasswd',
  'a'.repeat(300),
];

const garbage = {
  id: randomUUID(),

  key: '\0',
  party: '\0',
  back: '\0',
  plate: '\0',
  kind: '\0',
  lang: '\0',

  channel: "'; DROP TABLE visitor;--",
  return: '//evil.example',
  day: '2026-02-30',
  phone: ['\0', '字'.repeat(2_000)],
};

/**
 * @param idsAt the text in place of the nth route's id
 * @returns one line for each route that answers otherwise than wanted, and for each table that has changed
 */
export async function findingsAt(
  system: System,
  agents: { visitor: Agent; staff: Agent },
  routes: Route[],
  idsAt: (nth: number) => string[],
  wanted: RegExp,
): Promise<string[]> {
  const wrong: string[] = [];
  const before = await fingerprint(system.owner);
  for (const [nth, { method, path }] of routes.entries()) {
    const agent = isStaff(path) ? agents.staff : agents.visitor;
    for (const id of path.includes(':') ? idsAt(nth) : ['']) {
      const address = path.replaceAll(/:\w+/g, id);
      const asked = method === 'get' ? agent.get(address) : agent.post(address).type('form').send(encode(garbage));
      const { status } = await asked.redirects(0);
      if (!wanted.test(String(status))) wrong.push(`${method} ${address} answered ${status}`);
    }
  }
  const after = await fingerprint(system.owner);
  return [...wrong, ...Object.keys(after).filter((table) => after[table] !== before[table])];
}
