import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aVisitor, windowOf } from '../e2e/people.ts';
import * as plainly from '../e2e/plain-walk.ts';
import { department } from '../e2e/walk.ts';
import { type System, startSystem } from './system.ts';

/** `web` and `worker` on a disk that is full: each write of theirs is refused with ENOSPC, and no folder takes a file. */

const folder = mkdtempSync(join(tmpdir(), 'xiaomen-full-'));
let system: System;
beforeAll(async () => {
  const noFolder = join(folder, 'a-file');
  writeFileSync(noFolder, '');
  system = await startSystem({
    start: ['sandbox', 'worker', 'web'],
    run: 'apart',
    logLevel: 'debug',
    output: '/dev/full',
    env: { TMPDIR: noFolder, HOME: noFolder, WORKFLOW_BUNDLES: join(noFolder, 'bundles') },
  });
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a full disk stops no visit: pages answer, a decision is taken, the pass is made; the operators are told', async () => {
  const visitor = aVisitor(0);
  const browser = plainly.plainBrowserOf(system, visitor);
  await plainly.register(system, visitor, browser);
  const visit = { department, host: '王老师', reason: '业务往来', ...windowOf(3600_000) };
  const reservation = await plainly.reserve(browser, visit);
  await plainly.decide(system, visitor);
  expect(await plainly.passOf(browser, reservation)).toMatch(/^\/passes\//);

  for (const url of [system.ops.web, system.ops.worker]) {
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, degraded: ['log'] }]);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^log_lines_lost \d+$/m);
  }
  // In order, and at once: what cannot be written does not hold up the end.
  const began = Date.now();
  await system.parts.web.stop();
  expect(Date.now() - began).toBeLessThan(5_000);
});
