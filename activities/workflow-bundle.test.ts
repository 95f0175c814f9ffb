import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../platform/log.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

const log = createLog('bundle', 'silent');
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'xiaomen-bundles-')), 'kept');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

test('bundled workflows are kept for the next worker of the same sources, and for no other', async () => {
  const other = `${'0'.repeat(32)}.js`;
  mkdirSync(folder);
  writeFileSync(join(folder, other), 'of other sources');
  expect((await bundleWorkflows(log, folder)).code).toContain('reservation');
  const [file = '', ...more] = readdirSync(folder).filter((name) => name !== other);
  expect(more).toEqual([]);
  expect(file).toMatch(/^[0-9a-f]{32}\.js$/);

  writeFileSync(join(folder, file), 'what is kept');
  expect(await bundleWorkflows(log, folder)).toEqual({ code: 'what is kept' });
});

test('a worker starts all the same where nothing can be kept', async () => {
  writeFileSync(folder, 'a file where the folder should be');
  expect((await bundleWorkflows(log, folder)).code).toContain('reservation');
});
