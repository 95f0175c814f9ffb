import { request as plainRequest } from 'node:http';
import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aSubmittedReservation, somebody } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { sharedGround } from '../../testing/system/ground.ts';
import { type System, startSystem } from '../../testing/system.ts';

type Agent = Awaited<ReturnType<typeof staffBrowser>>;

const ui = '/admin/temporal';
const api = `${ui}/api/v1`;
let system: System;
let admin: Agent;
let approver: Agent;
let reservation: string;
let workflow: string;
let namespace: string;
beforeAll(async () => {
  const ground = await sharedGround({ engineShown: true });
  ({ namespace } = ground.temporal);
  system = await startSystem({ ground, start: ['sandbox', 'worker', 'web'] });
  [admin, approver] = await Promise.all([staffBrowser(system.web, 'admin'), staffBrowser(system.web, 'approver')]);
  ({ reservation } = await aSubmittedReservation(system));
  workflow = `${api}/namespaces/${namespace}/workflows/reservation%2F${reservation}`;
}, 180_000);
afterAll(() => system?.stop());

describe('to an admin', () => {
  test('the page comes with a policy of its own, its assets load, no cookie of its comes along', async () => {
    await admin.get(ui).expect(303).expect('Location', `${ui}/namespaces/${namespace}/workflows`);
    const page = await admin.get(`${ui}/namespaces/${namespace}/workflows`).expect(200);
    expect(page.headers['set-cookie']).toBeUndefined();
    const policy = page.headers['content-security-policy'];
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/]+=*';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    expect(page.headers['x-frame-options']).toBe('DENY');
    const scripts = load(page.text)('link[rel=modulepreload]')
      .map((_, link) => load(page.text)(link).attr('href'))
      .get();
    expect(scripts.length).toBeGreaterThan(3);
    for (const script of scripts.slice(0, 3)) {
      const asset = await admin
        .get(script)
        .expect(200)
        .expect('Content-Type', /javascript/);
      expect(asset.headers['set-cookie']).toBeUndefined();
    }
    const inbox = await admin.get('/inbox').expect(200);
    expect(inbox.headers['content-security-policy']).not.toContain('sha256');
  });

  test('the settings switch every writing action off and name our decode route', async () => {
    const { body } = await admin.get(`${api}/settings`).expect(200);
    expect(body).toMatchObject({
      DisableWriteActions: true,
      WorkflowTerminateDisabled: true,
      WorkflowSignalDisabled: true,
      WorkflowResetDisabled: true,
      StartWorkflowDisabled: true,
      Codec: { Endpoint: `${system.web}/codec`, PassAccessToken: false, IncludeCredentials: true },
    });
  });

  test('a history can be read, and the look is recorded once', async () => {
    const { body } = await admin.get(`${workflow}/history`).expect(200);
    expect(body.history.events.length).toBeGreaterThan(5);
    await admin.get(`${workflow}/history`).expect(200);
    const rows = await system.owner('audit').where({ action: 'history_viewed', subject_id: reservation });
    expect(rows).toHaveLength(1);
    await admin.head(`${ui}/namespaces/${namespace}/workflows`);
  });
});

test('nothing there can signal, reset, terminate, start or update: everything but reading is refused', async () => {
  const actions = ['terminate', 'cancel', 'reset', 'signal/entered', 'update/cancel', 'query/__stack_trace', 'pause'];
  for (const action of actions) {
    const refused = await admin.post(`${workflow}/${action}`).send({ reason: 'x' }).expect(405);
    expect(refused.headers.allow).toBe('GET, HEAD');
  }
  await admin.post(`${api}/namespaces/${namespace}/workflows/new`).send({}).expect(405);
  await admin.put(`${api}/namespaces/${namespace}`).send({}).expect(405);
  await admin.patch(`${api}/namespaces/${namespace}/schedules/x`).send({}).expect(405);
  await admin.delete(workflow).expect(405);
  await admin.get(`${workflow}/terminate`).set('X-HTTP-Method-Override', 'POST');
  const { body } = await admin.get(workflow).expect(200);
  expect(body.workflowExecutionInfo.status).toBe('WORKFLOW_EXECUTION_STATUS_RUNNING');
});

test('other namespaces and other parts of the engine do not exist', async () => {
  const { body } = await admin.get(`${api}/namespaces`).expect(200);
  expect(body.namespaces.map((one: { namespaceInfo: { name: string } }) => one.namespaceInfo.name)).toEqual([
    namespace,
  ]);
  for (const path of [
    '/api/v1/namespaces/temporal-system',
    '/api/v1/namespaces/temporal-system/workflows',
    '/api/v1/namespaces/default/workflows',
    `/api/v1/namespaces/${namespace}2/workflows`,
    '/api/v1/nexus/endpoints',
    '/api/v1/cluster/namespaces/temporal-system',
    '/namespaces/temporal-system/workflows',
    '/auth/sso',
    '/render',
  ]) {
    await admin.get(ui + path).expect(404);
  }
  // No client tidies these up on the way.
  for (const path of [
    `/api/v1/namespaces/${namespace}/../temporal-system`,
    `/api/v1/namespaces/${namespace}/%2e%2e/temporal-system`,
    `/api/v1/namespaces/${namespace}/..%2ftemporal-system`,
    `/api/v1/namespaces/${namespace}%2f..%2ftemporal-system`,
    `/api/v1/namespaces/${namespace}/%252e%252e/temporal-system`,
    '/_app/../api/v1/namespaces/temporal-system',
    `/namespaces/${namespace}/%5c..%5c..`,
  ]) {
    expect(await statusOf(ui + path)).toBe(404);
  }
});

test('everybody else gets 404', async () => {
  const stranger = supertest(system.web);
  for (const path of [
    ui,
    `${ui}/`,
    `${ui}/namespaces/${namespace}/workflows`,
    `${api}/settings`,
    `${workflow}/history`,
  ]) {
    await approver.get(path).expect(404);
    const turned = await stranger.get(path).expect(303);
    expect(turned.headers.location).toMatch(/^\/staff\/login/);
  }
  await approver.post(`${workflow}/terminate`).send({}).expect(404);
  await stranger.post(`${workflow}/terminate`).set('Origin', system.web).send({}).expect(303);
});

describe('decoding', () => {
  const decode = (
    agent: Agent,
    payloads: unknown,
    from = `${system.web}${ui}/namespaces/${namespace}/workflows/reservation%2F${reservation}/x/history`,
  ) => agent.post('/codec/decode').set('Referer', from).set('X-Namespace', namespace).send({ payloads });

  /** What the engine keeps of the workflow's input. */
  async function input(): Promise<{ metadata: Record<string, string>; data: string }[]> {
    const { body } = await admin.get(`${workflow}/history`).expect(200);
    return body.history.events[0].workflowExecutionStartedEventAttributes.input.payloads;
  }

  test('is done for admins; who decoded what of which workflow is recorded, never the contents', async () => {
    const payloads = await input();
    expect(Buffer.from(payloads[0]?.metadata.encoding ?? '', 'base64').toString()).toBe('binary/encrypted');
    expect(Buffer.from(payloads[0]?.data ?? '', 'base64').toString()).not.toContain(reservation);
    const { body } = await decode(admin, payloads).expect(200);
    expect(JSON.parse(Buffer.from(body.payloads[0].data, 'base64').toString())).toMatchObject({ reservation });
    const rows = await system.owner('audit').where({ action: 'payload_decoded', subject_id: reservation });
    expect(rows).toHaveLength(1);
    expect(rows[0].detail).toEqual({ namespace, workflow: `reservation/${reservation}` });
  });

  test('is done for nobody else, and for no other site', async () => {
    const payloads = await input();
    await decode(approver, payloads).expect(404);
    const stranger = supertest.agent(system.web).set({ Origin: system.web });
    await decode(stranger, payloads).expect(401);
    await decode(admin, payloads).set('Origin', 'https://evil.example').expect(403);
    await decode(admin, payloads).set('Sec-Fetch-Site', 'cross-site').expect(403);
  });

  test('refuses what is no payload, what was changed and what is too much; there is no way to encode', async () => {
    const [payload] = await input();
    await decode(admin, 'x').expect(400);
    await decode(admin, [{ ...payload, data: Buffer.alloc(64, 7).toString('base64') }]).expect(400);
    await decode(admin, [{ ...payload, data: 'A'.repeat(2_000_000) }]).expect(413);
    await admin.post('/codec/encode').send({ payloads: [] }).expect(404);
    await admin.get('/codec/decode').expect(404);
  });
});

test('nothing personal is in what the engine shows, even decoded', async () => {
  const { body } = await admin.get(`${workflow}/history`).expect(200);
  const text = JSON.stringify(body);
  for (const word of [somebody.name, somebody.phone, somebody.document]) expect(text).not.toContain(word);
});

/** The status of a path that is sent as it is written. */
async function statusOf(path: string): Promise<number | undefined> {
  const cookie = await sessionCookie();
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(system.web);
    plainRequest({ hostname, port, path, headers: { cookie } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

async function sessionCookie(): Promise<string> {
  const login = await supertest(system.web)
    .post('/staff/login')
    .set('Origin', system.web)
    .type('form')
    .send({ username: 'admin', password: 'xiaomen-demo' });
  return login.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}
