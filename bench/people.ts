import { createHmac, randomBytes } from 'node:crypto';
import { readWebKeys } from '../platform/keys.ts';
import type { System } from '../testing/system.ts';
import { fillWithPeople } from './crowd.ts';

/** Somebody with an open session: what a browser would send. */
export interface Person {
  id: string;
  headers: Record<string, string>;
}
export interface People {
  visitors: Person[];
  /** The next in turn: nobody is asked again while their last visit may still be open. */
  nextVisitor(): Person;
  approver: Person;
  /** Opens sessions of members of staff. */
  signIn(staff: string[]): Promise<Person[]>;
}

const visitorCount = 1_000;
/** Of `aVisitor`: the first number that nobody of the crowd and none of their companions has. */
export const stranger = 4 * visitorCount;
const day = 24 * 3600_000;

/** Everybody of the crowd with an open session, and the department's approver signed in. */
export async function preparePeople(system: System, webKeys: string, count = visitorCount): Promise<People> {
  const [secret = ''] = readWebKeys(webKeys).session;
  const { owner } = system;
  const ids = await fillWithPeople(system, count);
  const sessions = ids.map((id) => newSession('visitor', id, secret));
  await owner.batchInsert(
    'visitor_session',
    sessions.map(({ row }) => row),
    500,
  );
  const visitors = ids.map((id, n): Person => ({ id, headers: sessions[n]?.headers ?? {} }));
  const approver = await owner('staff').where({ username: 'approver' }).first('id');
  const staff = newSession('staff', approver.id, secret);
  await owner('staff_session').insert(staff.row);
  let next = 0;
  const nextVisitor = (): Person => {
    const visitor = visitors[next++];
    if (!visitor) throw new Error(`More than ${count} visitors were asked for`);
    return visitor;
  };
  return {
    visitors,
    nextVisitor,
    approver: { id: approver.id, headers: staff.headers },
    async signIn(members) {
      const opened = members.map((id) => ({ id, ...newSession('staff', id, secret) }));
      await owner.batchInsert(
        'staff_session',
        opened.map(({ row }) => row),
        500,
      );
      return opened.map(({ id, headers }) => ({ id, headers }));
    },
  };
}

/** The session row and its signed cookie, as express-session makes them at a login. */
function newSession(use: 'visitor' | 'staff', id: string, secret: string) {
  const sid = randomBytes(32).toString('base64url');
  const expire = new Date(Date.now() + day);
  const cookie = { originalMaxAge: day, expires: expire, httpOnly: true, path: '/', sameSite: 'lax' };
  const signature = createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '');
  return {
    row: { sid, sess: JSON.stringify({ cookie, [use]: id, keptAt: Date.now() }), expire },
    headers: {
      cookie: `xiaomen-${use}=${encodeURIComponent(`s:${sid}.${signature}`)}`,
      'sec-fetch-site': 'same-origin',
    },
  };
}
