import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readWebKeys } from '../platform/keys.ts';
import type { System } from '../testing/system.ts';

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
}

const visitorCount = 400;
const day = 24 * 3600_000;

/**
 * Returning visitors with profile, agreement and session, and the department's approver signed in: written as rows,
 * since registering hundreds by SMS would measure the sandbox. All people are made up.
 */
export async function preparePeople(system: System, webKeys: string): Promise<People> {
  const secret = readWebKeys(webKeys).session;
  const { owner } = system;
  const notices = await owner('notice').select('id', 'kind', 'text_hash');
  const visitors: Person[] = [];
  await owner.transaction(async (trx) => {
    for (let number = 0; number < visitorCount; number += 1) {
      const id = randomUUID();
      const person = randomUUID();
      const phone = `139${String(number).padStart(8, '0')}`;
      const document = `E${String(10_000_000 + number)}`;
      const seal = (table: string, column: string, row: string, text: string) =>
        system.cipher.seal({ table, column, row }, text);
      await trx('visitor').insert({
        id,
        phone_enc: seal('visitor', 'phone_enc', id, phone),
        phone_hash: system.index('phone', phone),
      });
      await trx('person').insert({
        id: person,
        visitor_id: id,
        name_enc: seal('person', 'name_enc', person, '张伟'),
        sex: 'male',
        phone_enc: seal('person', 'phone_enc', person, phone),
        document_type: 'passport',
        nationality: 'FRA',
        birth_day_enc: seal('person', 'birth_day_enc', person, '1990-01-01'),
        document_enc: seal('person', 'document_enc', person, document),
        document_hash: system.index('document', document),
        document_tail_hash: system.index('document_tail', document.slice(-6)),
      });
      for (const [kind, purpose] of [
        ['terms', 'terms'],
        ['filling', 'personal_information'],
      ] as const) {
        const notice = notices.find((one) => one.kind === kind);
        await trx('consent').insert({
          visitor_id: id,
          notice_id: notice.id,
          purpose,
          text_hash: notice.text_hash,
          channel: 'browser',
        });
      }
      visitors.push({ id, headers: await openSession(trx, 'visitor', id, secret) });
    }
  });
  const approver = await owner('staff').where({ username: 'approver' }).first('id');
  let next = 0;
  const nextVisitor = (): Person => {
    const visitor = visitors[next++];
    if (!visitor) throw new Error(`More than ${visitorCount} visitors were asked for`);
    return visitor;
  };
  return {
    visitors,
    nextVisitor,
    approver: { id: approver.id, headers: await openSession(owner, 'staff', approver.id, secret) },
  };
}

/** The session row and its signed cookie, as express-session makes them at a login. */
async function openSession(
  db: System['owner'],
  use: 'visitor' | 'staff',
  id: string,
  secret: string,
): Promise<Record<string, string>> {
  const sid = randomBytes(32).toString('base64url');
  const cookie = {
    originalMaxAge: day,
    expires: new Date(Date.now() + day),
    httpOnly: true,
    path: '/',
    sameSite: 'lax',
  };
  await db(`${use}_session`).insert({
    sid,
    sess: JSON.stringify({ cookie, [use]: id, keptAt: Date.now() }),
    expire: new Date(Date.now() + day),
  });
  const signature = createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '');
  return {
    cookie: `xiaomen-${use}=${encodeURIComponent(`s:${sid}.${signature}`)}`,
    'sec-fetch-site': 'same-origin',
  };
}
