import { randomUUID } from 'node:crypto';
import type { Random } from '../random.ts';
import type { System } from '../system.ts';
import type { VisitorBrowser } from '../visitor-browser.ts';
import type { Member, Office } from './people.ts';

/** Something that is sent to a visit, drawn at random before it is. */

export interface Act {
  /** For the log of a failed run. */
  name: string;
  /** @returns the HTTP status; undefined for what is no form */
  send(): Promise<number | undefined>;
}

export interface Ground {
  system: System;
  office: Office;
  random: Random;
  reservation: string;
  visitor: VisitorBrowser;
}

/** As the form of a page sends it; its key is of the sender's making. */
export function posted(
  { name, agent }: Pick<Member, 'name' | 'agent'>,
  path: string,
  form: Record<string, string>,
): Act {
  const sent = { request: randomUUID(), ...form };
  return {
    name: `${name} POST ${path} ${JSON.stringify(form)}`,
    send: async () => (await agent.post(path).type('form').send(sent)).status,
  };
}
