import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWebhook } from '../store/webhooks/webhook.ts';
import { anApiKey } from './api-client.ts';
import { anApprovedVisit } from './approved.ts';
import { temporaryFolder } from './folder.ts';
import { sharedGround } from './system/ground.ts';
import { type System, startSystem } from './system.ts';
import { until } from './until.ts';

/** docs/disasters.md: every block of commands is run as it stands there, in order, beside a system that runs. */

const top = new URL('..', import.meta.url).pathname;
const page = readFileSync(join(top, 'docs/disasters.md'), 'utf8');
const sections = page
  .split(/^## /m)
  .map((text) => ({
    title: text.startsWith('#') ? 'what is set' : (text.split('\n')[0] ?? ''),
    blocks: [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block.replaceAll(/^ {3}/gm, '')),
  }))
  .filter(({ blocks }) => blocks.length > 0);

const unknownVisit = randomUUID();
let system: System;
let keys: string;
const out = temporaryFolder('xiaomen-disasters-');
let env: Record<string, string>;
beforeAll(async () => {
  const ground = await sharedGround();
  system = await startSystem({ ground });
  const { reservation } = await anApprovedVisit(system);
  await leakedOnes(reservation);
  keys = join(system.folder, 'keys');
  const day = new Date(Date.now() - 30 * 3600_000).toISOString().slice(0, 10);
  env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    DATABASE_URL: ground.url,
    DATABASE_OWNER_URL: ground.ownerUrl,
    KEYS: keys,
    KEYS_DIR: join(keys, 'worker'),
    OUT: out,
    PUBLIC_URL: system.web,
    WEB_OPS: system.ops.web,
    SINCE: day,
    AT: new Date(Date.now() + 32 * 3600_000).toISOString().slice(0, 10),
    VISIT: reservation,
    SYSTEM: '会议系统',
    HOOK: '停车场',
    GATE_STORE: join(out, 'gate-south.db'),
  };
  await until(async () => (await system.db('key_holder')).length === 2, 'both processes say which keys they hold');
});
afterAll(() => system?.stop());

/** A key by which another system read who comes, and a web hook. */
async function leakedOnes(visit: string): Promise<void> {
  const key = await anApiKey(system, { label: '会议系统', scopes: ['visits:read', 'visits:personal'] });
  const headers = { authorization: `Bearer ${key}` };
  expect((await fetch(`${system.web}/api/v1/visits/${visit}`, { headers })).status).toBe(200);
  const by = (await system.db('staff').where({ username: 'admin' }).first('id')).id;
  const of = { label: '停车场', url: 'https://parking.example/', events: ['visit.ready' as const], by };
  await makeWebhook(system.db, system.cipher, of);
}

/** Every command has to end well, also the one before a pipe. */
const run = (block: string) =>
  promisify(execFile)('bash', ['-euo', 'pipefail', '-c', block], { cwd: top, env, maxBuffer: 16_000_000 }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`${block}\n${error.stdout}\n${error.stderr}`);
    },
  );

/** What has to have happened first, where the case is one of something missing. */
const before: Record<string, () => void> = {
  'Everything lost': () => {
    // A box was told of a visit that the backup does not have.
    const store = new DatabaseSync(join(system.folder, 'gate-south.db'), { readOnly: true });
    store.prepare('vacuum into ?').run(String(env.GATE_STORE));
    store.close();
    const copy = new DatabaseSync(String(env.GATE_STORE));
    copy
      .prepare(`insert into pass (reservation, ordinal, version, revoked, valid_until) values (?, 0, 1, 0, ?)`)
      .run(unknownVisit, Date.now() + 3_600_000);
    copy.close();
  },
  'Lost keys': () => {
    for (const file of ['web/session.json', 'web/index.json', 'worker/index.json']) rmSync(join(keys, file));
  },
};
/** What is so afterwards. */
const after: Record<string, (said: string) => void> = {
  'Everything lost': (said) => {
    expect(said).toMatch(new RegExp(`^${unknownVisit} - 20\\S+Z\n$`));
  },
  'A leaked key': (said) => {
    expect(said).toMatch(/ 0 {2}values that are sealed under this key now\n[\s\S]*session: every process works/);
    for (const lost of ['pass: 1', 'renewal: 2', 'feed: 3']) expect(said).toContain(`${lost} is revoked.`);
    expect(Object.keys(JSON.parse(readFileSync(join(keys, 'web', 'session.json'), 'utf8')))).toEqual(['secret']);
  },
  'A stolen gate': () => {
    expect(readdirSync(join(keys, 'gate-south'))).toContain('gate.json');
    expect(existsSync(join(keys, 'gate-south.stolen'))).toBe(true);
  },
  'Lost keys': (said) => {
    expect(said).toMatch(/visitor\.phone_hash: \d+ of \d+ looked at, [1-9]/);
    expect(existsSync(join(keys, 'web', 'session.json'))).toBe(true);
  },
};

describe('docs/disasters.md', () => {
  // The stolen box last: the keys that leaked are told to boxes that run.
  const order = sections.toSorted((a, b) => Number(a.title === 'A stolen gate') - Number(b.title === 'A stolen gate'));
  it.each(order)('$title', async ({ title, blocks }) => {
    before[title]?.();
    let said = '';
    for (const block of blocks) said += await run(block);
    after[title]?.(said);
  });

  it('every list is its owner’s alone to read, and has somebody in it', () => {
    const lists = readdirSync(out).filter((name) => name.endsWith('.csv'));
    expect(lists.toSorted()).toEqual(
      ['api.csv', 'copy.csv', 'field.csv', 'gate.csv', 'pass.csv', 'session.csv', 'staff.csv', 'visit.csv'].toSorted(),
    );
    for (const list of lists) {
      expect(statSync(join(out, list)).mode & 0o777, list).toBe(0o600);
      expect(readFileSync(join(out, list), 'utf8').split('\r\n').length, list).toBeGreaterThan(2);
    }
  });
});
