import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cas, createCas, isTicket, readLogoutRequest } from './cas.ts';

/** What a CAS server may send, read. The stand-in and its refusals are tried with the pages. */

let xml = '';
let cas: Cas;
const server = createServer((_req, res) => res.end(xml));
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cas`;
  cas = createCas({ CAS_URL: at, CAS_MULTI_FACTOR: ['mfa-otp'] }) as Cas;
});
afterAll(() => new Promise((done) => server.close(done)));

const asked = (inside: string, before = '') => {
  xml = `${before}<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">${inside}</cas:serviceResponse>`;
  return cas.validate('https://visits.example/staff/cas/callback', 'ST-1');
};
const success = (inside: string) => `<cas:authenticationSuccess>${inside}</cas:authenticationSuccess>`;

test('a user is named with what the server says of the sign-in', async () => {
  const attributes = `<cas:attributes><cas:authnContextClass>mfa-otp</cas:authnContextClass>
    <cas:authenticationDate>2026-11-29T09:30:10.456Z[UTC]</cas:authenticationDate></cas:attributes>`;
  const answer = await asked(success(`<cas:user>20080123</cas:user>${attributes}`));
  expect(answer).toMatchObject({
    ok: true,
    person: { subject: '20080123', username: '20080123', multiFactor: true },
  });
  expect(answer.ok && answer.person.authenticatedAt).toBe(Date.parse('2026-11-29T09:30:10.456Z'));
  expect(await asked(success('<cas:user>Li.Ming</cas:user>'))).toMatchObject({ person: { subject: 'li.ming' } });
  expect(await asked(success('<cas:user>20080123</cas:user>'))).toMatchObject({ person: { multiFactor: false } });
});

test.each([
  ['a failure', '<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure>'],
  [
    'a failure beside a success',
    `${success('<cas:user>a1</cas:user>')}<cas:authenticationFailure code="X">no</cas:authenticationFailure>`,
  ],
  ['no user', success('')],
  ['two users', success('<cas:user>a1</cas:user><cas:user>b2</cas:user>')],
  ['a success twice', success('<cas:user>a1</cas:user>').repeat(2)],
])('%s names nobody', async (_, inside) => {
  expect(await asked(inside)).toMatchObject({ ok: false, why: 'refused' });
});

test.each([
  ['a comment within a name', success('<cas:user>admin<!-- -->.evil</cas:user>'), ''],
  ['an entity', success('<cas:user>&a;</cas:user>'), '<!DOCTYPE x [<!ENTITY a "admin">]>'],
  ['more than is ever sent', success(`<cas:user>${'a'.repeat(70_000)}</cas:user>`), ''],
])('%s is no answer of CAS', async (_, inside, before) => {
  expect(await asked(inside, before)).toMatchObject({ ok: false, why: 'away', code: 'not_cas' });
});

test('a request to sign out names a ticket, and nothing else is one', () => {
  const request = (index: string) =>
    `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><samlp:SessionIndex>${index}</samlp:SessionIndex></samlp:LogoutRequest>`;
  expect(readLogoutRequest(request('ST-1-abc.node'))).toBe('ST-1-abc.node');
  for (const text of ['', 'ST-1', request('PT-1'), request('ST-1</samlp:SessionIndex><samlp:SessionIndex>ST-2')])
    expect(readLogoutRequest(text)).toBeUndefined();
  expect(isTicket(['ST-1'])).toBe(false);
});
