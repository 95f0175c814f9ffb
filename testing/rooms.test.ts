import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findCircle } from './import-circle.ts';

/**
 * Which room may import which. Lint says it at the line; this says what lint cannot: that workflows take
 * nothing but types from activities, and that nobody grows a room beside the table.
 */
const table: Record<string, string[]> = {
  domain: [],
  'workflows/messages': ['domain'],
  workflows: ['domain', 'workflows/messages', 'activities (types)'],
  store: ['domain', 'platform'],
  platform: ['domain'],
  // The worker's start puts the relay and the announcer beside its activities.
  activities: ['domain', 'store', 'platform', 'workflows/messages', 'delivery'],
  delivery: ['domain', 'store', 'platform', 'workflows/messages'],
  web: ['domain', 'store', 'platform', 'workflows/messages', 'delivery'],
  door: ['domain', 'store', 'platform', 'workflows/messages'],
  'gate-worker': ['domain', 'platform', 'workflows/messages'],
  sandbox: ['platform/config.ts', 'platform/log.ts', 'domain/message-kinds.ts'],
  migrations: [],
};
/** Rooms that may import everything: they put the others together, start them or try them. */
const everything = ['bin', 'testing', 'e2e', 'bench'];
/** What no workflow may touch: the bundle has no built-ins, and a clock of its own breaks a replay. */
const foreign: Record<string, RegExp> = {
  domain: /^node:|^@temporalio\//,
  workflows: /^node:|^@temporalio\/(?!workflow$|common$)/,
  'workflows/messages': /^node:|^@temporalio\/(?!workflow$)/,
};

const top = fileURLToPath(new URL('..', import.meta.url));
const sources = globSync('*/**/*.ts', { cwd: top, exclude: ['node_modules/**', '.data/**', 'coverage/**'] });

function roomOf(path: string): string {
  if (path.startsWith('workflows/messages/')) return 'workflows/messages';
  return path.split('/')[0] ?? '';
}

type Import = { from: string; typeOnly: boolean };

function importsOf(path: string): Import[] {
  const text = textOf(path);
  const statements = text.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm);
  const dynamic = text.matchAll(/\bimport\(\s*'([^']+)'/g);
  return [
    ...[...statements].map(([, type, from]) => ({ from: from ?? '', typeOnly: type !== undefined })),
    ...[...dynamic].map(([, from]) => ({ from: from ?? '', typeOnly: false })),
  ];
}

const targetOf = (from: string, path: string): string =>
  from.startsWith('.') ? relative(top, join(top, dirname(path), from)) : from;

function allows(room: string, { from, typeOnly }: Import, path: string): boolean {
  if (!from.startsWith('.')) return !foreign[room]?.test(from);
  const target = targetOf(from, path);
  const targetRoom = roomOf(target);
  if (targetRoom === room || (room === 'workflows' && targetRoom === 'workflows/messages')) return true;
  return (table[room] ?? []).some(
    (allowed) => allowed === targetRoom || allowed === target || (typeOnly && allowed === `${targetRoom} (types)`),
  );
}

/** Pages ask the store in words: no statement, and no key of a column, stands in one. */
const asksTheDatabase = (text: string): boolean =>
  /\b(?:db|trx|knex|reads)(?:<[^>]*>)?\(\s*['"`{]/.test(text) ||
  /\b(?:db|trx|knex|reads)\.(?:raw|rows|select|from|with|fn|ref)\b/.test(text) ||
  /\bcipher\.(?:seal|open)(?:Bytes)?\(/.test(text);

/** An age that is compared, or a pattern of a number of GB 11643. */
const judgesPeople = (text: string): boolean => /\bageOn\(/.test(text) || /\[\\dXx?\]/.test(text);

const isTest = (path: string): boolean => /\.test\.ts$/.test(path);
const textOf = (path: string): string => readFileSync(join(top, path), 'utf8');

/** A file is about one thing: one that grows beyond this is about two. */
const mostLines = 250;
const isTooLong = (text: string): boolean => text.trimEnd().split('\n').length > mostLines;
const written = globSync('*/**/*.{ts,js,mjs,ejs,css}', {
  cwd: top,
  // What is generated, and what is never changed again.
  exclude: ['node_modules/**', '.data/**', 'coverage/**', 'migrations/**', 'web/public/*.css'],
});

describe('the rooms', () => {
  it('are those of the table and no others', () => {
    const rooms = new Set(sources.map(roomOf));
    expect([...rooms].filter((room) => !(room in table) && !everything.includes(room))).toEqual([]);
  });

  it.each(Object.keys(table))('%s imports only what it may', (room) => {
    const files = sources.filter((path) => roomOf(path) === room && !isTest(path));
    const wrong = files.flatMap((path) =>
      importsOf(path)
        .filter((one) => !allows(room, one, path))
        .map(({ from }) => `${path} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  it('web holds no SQL and opens no sealed column', () => {
    const wrong = sources.filter((path) => roomOf(path) === 'web' && !isTest(path) && asksTheDatabase(textOf(path)));
    expect(wrong).toEqual([]);
  });

  it('the check itself sees SQL and a sealed column', () => {
    expect(asksTheDatabase("await trx('visitor').where({ id }).forUpdate();")).toBe(true);
    expect(asksTheDatabase("deps.db<Row>('person as p').first()")).toBe(true);
    expect(asksTheDatabase("db.raw('select 1')")).toBe(true);
    expect(asksTheDatabase("cipher.open({ table: 'person', column: 'name_enc', row }, data)")).toBe(true);
    expect(asksTheDatabase('await db.transaction((trx) => keepRequest(trx, request))')).toBe(false);
  });

  it('no files need each other in a circle, not for a type either', () => {
    const needs = (path: string) => importsOf(path).map(({ from }) => targetOf(from, path));
    const files = sources.filter((path) => !isTest(path));
    expect(findCircle(new Map(files.map((path) => [path, needs(path)])))).toBeUndefined();
    const round = { 'a.ts': ['b.ts'], 'b.ts': ['c.ts'], 'c.ts': ['b.ts'] };
    expect(findCircle(new Map(Object.entries(round)))).toEqual(['b.ts', 'c.ts', 'b.ts']);
  });

  it('nothing of the store is reached by a second path', () => {
    const handsOn = (text: string) => /^export (?:\*|(?:type )?\{[^}]*\}) from /m.test(text);
    expect(sources.filter((path) => roomOf(path) === 'store' && handsOn(textOf(path)))).toEqual([]);
    expect(handsOn("export { type Localized } from './content-cache.ts';")).toBe(true);
  });

  it('how old somebody is and what an identity number looks like is said in domain alone', () => {
    const ruled = ['store', 'web', 'activities', 'delivery', 'platform', 'door', 'gate-worker', 'workflows'];
    const files = sources.filter((path) => ruled.includes(roomOf(path)) && !isTest(path));
    expect(files.filter((path) => judgesPeople(textOf(path)))).toEqual([]);
    expect(judgesPeople('ageOn(born, Date.now()) < 14')).toBe(true);
    expect(judgesPeople('/^\\d{17}[\\dX]$/.test(number)')).toBe(true);
  });

  it('no source file is longer than 250 lines', () => {
    expect(written.filter((path) => !isTest(path) && isTooLong(textOf(path)))).toEqual([]);
    expect(isTooLong('line\n'.repeat(mostLines + 1))).toBe(true);
  });

  it('testing/ imports nothing of the browser journeys', () => {
    const wrong = sources
      .filter((path) => roomOf(path) === 'testing' && !isTest(path))
      .filter((path) => importsOf(path).some(({ from }) => targetOf(from, path).startsWith('e2e/')));
    expect(wrong).toEqual([]);
    expect(targetOf('../../e2e/people.ts', 'testing/bad-input/x.ts')).toBe('e2e/people.ts');
  });

  it('the check itself sees a wrong import', () => {
    expect(allows('gate-worker', { from: '../store/pass.ts', typeOnly: false }, 'gate-worker/x.ts')).toBe(false);
    expect(allows('workflows', { from: '../activities/x.ts', typeOnly: false }, 'workflows/x.ts')).toBe(false);
    expect(allows('workflows', { from: '../activities/x.ts', typeOnly: true }, 'workflows/x.ts')).toBe(true);
    expect(allows('domain', { from: 'node:fs', typeOnly: false }, 'domain/x.ts')).toBe(false);
    expect(allows('sandbox', { from: '../platform/db.ts', typeOnly: false }, 'sandbox/x.ts')).toBe(false);
  });
});
