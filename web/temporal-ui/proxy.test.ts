import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import supertest from 'supertest';
import { expect, test } from 'vitest';
import { AppError } from '../../platform/errors.ts';
import { createLog } from '../../platform/log.ts';
import { createUiProxy } from './proxy.ts';

const log = createLog('test', 'silent');
const status: ErrorRequestHandler = (error, _req, res, _next) => {
  res.status(error instanceof AppError ? error.status : 500).end();
};

test('an engine that is away is "unavailable", streamed or rewritten, and says no address', async () => {
  const proxy = createUiProxy('http://127.0.0.1:1', log);
  const app = express()
    .get('/pass', (req, res, next) => proxy.pass(req, res, next))
    .get('/change', (req, res, next) => proxy.change((text) => text, req, res, next))
    .use(status);
  for (const path of ['/pass', '/change']) {
    const answer = await supertest(app).get(path).expect(503);
    expect(answer.text).toBe('');
  }
});

test('our session stays with us, its cookies stay there, an answer that cannot be rewritten is not passed on', async () => {
  const heard: (string | undefined)[] = [];
  const engine = createServer((req, res) => {
    heard.push(req.headers.cookie ?? req.headers.authorization);
    res.setHeader('Set-Cookie', '_csrf=x; Path=/');
    res.end('what it says');
  });
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
  const { port } = engine.address() as AddressInfo;
  const proxy = createUiProxy(`http://127.0.0.1:${port}`, log);
  const app = express()
    .get('/pass', (req, res, next) => proxy.pass(req, res, next))
    .get('/change', (req, res, next) => proxy.change((text) => text.toUpperCase(), req, res, next))
    .get('/wrong', (req, res, next) => proxy.change((text) => JSON.parse(text), req, res, next))
    .use(status);
  const ask = (path: string) => supertest(app).get(path).set({ Cookie: 'session=secret', Authorization: 'Bearer x' });
  try {
    const passed = await ask('/pass').expect(200, 'what it says');
    const changed = await ask('/change').expect(200, 'WHAT IT SAYS');
    const wrong = await ask('/wrong').expect(503);
    expect(wrong.text).toBe('');
    expect([passed, changed].map(({ headers }) => headers['set-cookie'])).toEqual([undefined, undefined]);
    expect(heard).toEqual([undefined, undefined, undefined]);
  } finally {
    engine.close();
  }
});
