import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isInstalled } from './dependencies.mjs';
import { fileInTar, isRecent } from './node.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xiaomen-lock-'));
  mkdirSync(join(folder, 'node_modules'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lock = (packages: object) => writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
const installed = (packages: object) =>
  writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
const zod = { 'node_modules/zod': { version: '4.6.7', integrity: 'sha512-a' } };

it('is installed when every package of the lock is there', () => {
  lock({ '': {}, ...zod });
  installed(zod);
  expect(isInstalled(folder)).toBe(true);
});

it.each([
  ['a package is missing', {}],
  ['a version differs', { 'node_modules/zod': { version: '4.6.6', integrity: 'sha512-a' } }],
  ['a checksum differs', { 'node_modules/zod': { version: '4.6.7', integrity: 'sha512-b' } }],
])('is not installed when %s', (_, packages) => {
  lock({ '': {}, ...zod });
  installed(packages);
  expect(isInstalled(folder)).toBe(false);
});

it('is not installed without node_modules', () => {
  lock({ '': {}, ...zod });
  expect(isInstalled(folder)).toBe(false);
});

it('wants the optional packages of this machine and of no other', () => {
  const mine = { os: [process.platform], cpu: [process.arch], optional: true, version: '1.0.0' };
  lock({ 'node_modules/mine': mine, 'node_modules/other': { ...mine, os: ['aix'] } });
  installed({ 'node_modules/mine': mine });
  expect(isInstalled(folder)).toBe(true);
  installed({});
  expect(isInstalled(folder)).toBe(false);
});

it('takes a Node that has argon2 and no older one', () => {
  expect(['24.11.0', '24.21.0', '26.0.0'].map(isRecent)).toEqual([true, true, true]);
  expect(['20.20.2', '22.22.0', '24.0.0'].map(isRecent)).toEqual([false, false, false]);
});

it('reads one file out of a tar archive', () => {
  const entry = (name: string, content: string) => {
    const head = Buffer.alloc(512);
    head.write(name, 0);
    head.write(content.length.toString(8).padStart(11, '0'), 124);
    return Buffer.concat([head, Buffer.from(content.padEnd(512, '\0'))]);
  };
  const tar = Buffer.concat([entry('package/a', 'first'), entry('package/b', 'second'), Buffer.alloc(1024)]);
  expect(fileInTar(tar, 'package/b').toString()).toBe('second');
  expect(() => fileInTar(tar, 'package/c')).toThrow('not in the archive');
});
