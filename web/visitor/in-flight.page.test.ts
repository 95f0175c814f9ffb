import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { beginErasure, eraseAccount } from '../../store/own-data/erasure.ts';
import { consentsOf, withdrawOwnConsent } from '../../store/own-data/own-consents.ts';
import { noise } from '../../testing/photographs.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** Requests that began before an account, an agreement or a session ended, and come to their rows afterwards. */
let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const idOf = async (browser: VisitorBrowser): Promise<string> =>
  (
    await system
      .db('visitor')
      .where({ phone_hash: system.index('phone', browser.phone) })
      .first('id')
  ).id;

interface Answer {
  status: number;
}

/** The request has been let in and waits for the account's row; `meanwhile` happens before it gets it. */
async function overtaken(
  visitor: string,
  send: () => PromiseLike<Answer>,
  meanwhile: (trx: Knex) => Promise<unknown>,
): Promise<Answer> {
  const { answer } = await system.db.transaction(async (trx) => {
    await trx('visitor').where({ id: visitor }).forUpdate().first('id');
    const sent = Promise.resolve(send());
    await until(
      () =>
        system
          .db('pg_stat_activity')
          .whereRaw(`datname = current_database() and wait_event_type = 'Lock'`)
          .first('pid'),
      'the request waits for the row',
    );
    await meanwhile(trx);
    // Not awaited before the row is free.
    return { answer: sent };
  });
  return answer;
}

const withdraw = (visitor: string) => async (trx: Knex) => {
  const own = (await consentsOf(trx, system.cipher, visitor)).find(({ purpose }) => purpose === 'personal_information');
  if (own) await withdrawOwnConsent(trx, visitor, own);
};

/** What a late writer could leave, and how many of it say anything. */
async function left(visitor: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ['person', 'photo', 'chosen_party']) {
    counts[table] = (await system.db(table).where({ visitor_id: visitor })).length;
  }
  counts.companion = (await system.db('companion').where({ visitor_id: visitor, erased_at: null })).length;
  counts.recovery = (await system.db('phone_recovery').where({ visitor_id: visitor }).whereNotNull('name_enc')).length;
  counts.submission = (
    await system
      .db('submission as s')
      .join('reservation as r', 'r.id', 's.reservation_id')
      .where({ visitor_id: visitor, 's.erased_at': null })
  ).length;
  return counts;
}
const nothing = { person: 0, photo: 0, chosen_party: 0, companion: 0, recovery: 0, submission: 0 };

const requests: { name: string; send: (browser: VisitorBrowser) => Promise<() => PromiseLike<Answer>> }[] = [
  {
    name: 'a profile',
    send: async (browser) => () => browser.post('/profile', { ...browser.person, name: '欧阳大满' }),
  },
  {
    name: 'a photograph',
    send: async (browser) => {
      const photo = await noise(300, 300);
      return () => browser.agent.post('/profile/photos/document').attach('photo', photo, 'photo.jpg');
    },
  },
  {
    name: 'a companion',
    send: async (browser) => {
      const declared = (await browser.page('/companions/new'))('[name=declared]').attr('value') ?? '';
      const form = {
        name: '周奶奶',
        sex: 'female',
        phone: '',
        document_type: 'passport',
        document_number: 'E00000077',
      };
      return () => browser.post('/companions', { ...form, nationality: 'CHN', birth_day: '1950-01-01', declared });
    },
  },
  {
    name: 'an invitation',
    send: async (browser) => () =>
      browser.post('/companions/invitations', { name: '某某', phone: '15700000009', party: '' }),
  },
  {
    name: 'a form left for the book',
    send: async (browser) => {
      const form = await browser.visitForm();
      return () => browser.post('/companions/selection', form);
    },
  },
  {
    name: 'a reservation',
    send: async (browser) => {
      const form = await browser.visitForm();
      return () => browser.post('/reservations', form);
    },
  },
];

describe('nothing is written for an account that was deleted meanwhile', () => {
  const claim = { old_phone: '13611112222', name: '欧阳小满', document_number: '110199200001019010' };
  test.each([
    ...requests,
    { name: 'a claim', send: async (browser: VisitorBrowser) => () => browser.post('/account/recovery', claim) },
  ])('$name', async ({ send }) => {
    const browser = await new VisitorBrowser(system).settle();
    const visitor = await idOf(browser);
    const answer = await overtaken(visitor, await send(browser), async (trx) => {
      await beginErasure(trx, visitor, { cause: 'asked' });
      await eraseAccount(trx, visitor);
    });
    expect(answer.status).toBe(403);
    expect(await left(visitor)).toEqual(nothing);
  });
});

describe('nothing is written for an account whose agreement was withdrawn meanwhile', () => {
  test.each(requests)('$name', async ({ send }) => {
    const browser = await new VisitorBrowser(system).settle();
    const visitor = await idOf(browser);
    const before = { ...(await left(visitor)), person: 1 };
    const answer = await overtaken(visitor, await send(browser), withdraw(visitor));
    expect(answer.status).toBe(403);
    expect(await left(visitor)).toEqual(before);
    expect(await system.db('person').where({ visitor_id: visitor }).first('version')).toEqual({ version: 1 });
  });
});

test('a session that was ended does not come back by a request in flight that saves it', async () => {
  const browser = await new VisitorBrowser(system).settle();
  const visitor = await idOf(browser);
  const sessions = () => system.owner('visitor_session').whereRaw(`sess->>'visitor' = ?`, [visitor]);
  expect(await sessions()).toHaveLength(1);
  const form = { name: '某某', phone: '15700000010', party: '' };
  const answer = await overtaken(
    visitor,
    () => browser.post('/companions/invitations', form),
    (trx) => trx('visitor_session').whereRaw(`sess->>'visitor' = ?`, [visitor]).delete(),
  );
  expect(answer.status).toBe(303);
  expect(await sessions()).toEqual([]);
  await browser.agent
    .get('/account')
    .expect(303)
    .expect('Location', /^\/register/);
});
