import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reasonCodes } from '../domain/reason-codes.ts';
import { aHouse, type GateUnderTest, type House } from '../testing/gate-house.ts';
import { sentences } from './scan-routes.ts';

/** Who may ask `/scan`, and in which shape. */

let house: House;
let passes: House['passes'];
beforeAll(async () => {
  house = await aHouse();
  passes = house.passes;
});
afterAll(() => house?.close());

describe('requests to /scan', () => {
  let south: GateUnderTest;
  beforeAll(async () => {
    south = await house.openGate('south');
  });
  afterAll(() => south?.stop());
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${south.url()}/scan`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body });
  const good = () =>
    JSON.stringify({
      device: 'd',
      credential: { kind: 'qr', value: passes.qr(passes.make()) },
      direction: 'in',
      nonce: randomUUID(),
    });

  test.each([
    ['no token', undefined],
    ['a wrong token', `Bearer ${'x'.repeat(32)}`],
    ["another gate's token", 'east'],
    ['another scheme', 'Basic eDp5'],
  ])('%s is not let in', async (_name, authorization) => {
    const given = authorization === 'east' ? `Bearer ${house.keys.gate('east').device.token}` : authorization;
    const response = await post(good(), given ? { Authorization: given } : {});
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ open: false, reason: 'error' });
  });

  test.each([
    ['no JSON', '{'],
    [
      'an unknown kind',
      JSON.stringify({ device: 'd', credential: { kind: 'face', value: 'x' }, direction: 'in', nonce: '12345678' }),
    ],
    ['no nonce', JSON.stringify({ device: 'd', credential: { kind: 'qr', value: 'x' }, direction: 'in' })],
    ['no direction', JSON.stringify({ device: 'd', credential: { kind: 'qr', value: 'x' }, nonce: '12345678' })],
  ])('%s is refused in the same shape', async (_name, body) => {
    const response = await post(body, { Authorization: `Bearer ${south.token}` });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ open: false, reason: 'error', party: null });
  });

  test('a long body is not read', async () => {
    const response = await post(`{"x":"${'x'.repeat(5_000)}"}`, {
      Authorization: `Bearer ${south.token}`,
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ open: false });
  });

  test('an annulment is taken from the device that asked alone, and says what it did', async () => {
    const body = good();
    const { nonce } = JSON.parse(body);
    expect(await (await post(body, { Authorization: `Bearer ${south.token}` })).json()).toMatchObject({ open: true });
    const annul = async (told: object, token = south.token) => {
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
      const answer = await fetch(`${south.url()}/annulments`, { method: 'POST', headers, body: JSON.stringify(told) });
      return [answer.status, await answer.json()];
    };
    expect((await annul({ device: 'd', nonce }, house.keys.gate('east').device.token))[0]).toBe(401);
    expect((await annul({ device: 'd' }))[0]).toBe(400);
    expect(await annul({ device: 'other', nonce })).toEqual([200, { annulled: false, reason: 'unknown_scan' }]);
    for (const _ of [1, 2]) expect(await annul({ device: 'd', nonce })).toEqual([200, { annulled: true }]);
    expect(await (await post(body, { Authorization: `Bearer ${south.token}` })).json()).toMatchObject({ open: false });
  });
});

test('every reason code has a sentence in both languages', () => {
  for (const reason of reasonCodes)
    expect(Object.values(sentences(reason)).every((text) => text.length > 3)).toBe(true);
});
