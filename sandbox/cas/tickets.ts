import { randomBytes } from 'node:crypto';

/** Service tickets: each for one service, for ten seconds, asked about once. */

const lifetime = 10_000;

interface Given {
  user: string;
  service: string;
  until: number;
}

/** Somebody came in somewhere by a ticket. */
export interface Session {
  user: string;
  service: string;
  ticket: string;
}

export type Validation = { user: string } | { code: 'INVALID_TICKET' | 'INVALID_SERVICE'; text: string };

export function createTickets() {
  const given = new Map<string, Given>();
  let sessions: Session[] = [];
  return {
    give(user: string, service: string): string {
      const ticket = `ST-${given.size + 1}-${randomBytes(20).toString('base64url')}-sandbox`;
      given.set(ticket, { user, service, until: Date.now() + lifetime });
      return ticket;
    },
    /** Whatever comes of it, the ticket is worthless afterwards. @param late as if its time had passed */
    validate(ticket: string, service: string, late: boolean): Validation {
      const known = given.get(ticket);
      given.delete(ticket);
      if (!known || late || known.until < Date.now())
        return { code: 'INVALID_TICKET', text: `Ticket '${ticket}' not recognized` };
      if (known.service !== service)
        return { code: 'INVALID_SERVICE', text: `Ticket '${ticket}' does not match supplied service` };
      sessions.push({ user: known.user, service, ticket });
      return { user: known.user };
    },
    /** @returns where they have to be signed out */
    signOut(user: string): Session[] {
      const ended = sessions.filter((one) => one.user === user);
      sessions = sessions.filter((one) => one.user !== user);
      return ended;
    },
  };
}
