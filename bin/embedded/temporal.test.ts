import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/folder.ts';
import { freePort } from './ports.ts';
import { startTemporal } from './temporal.ts';

test('an engine that ends at once is an error with a sentence, also while it is still being asked', async () => {
  const folder = temporaryFolder('xiaomen-engine-');
  const binary = join(folder, 'engine');
  // Later than the first question: the next one is on its way in a timer.
  writeFileSync(binary, '#!/bin/sh\nsleep 1\nexit 3\n', { mode: 0o755 });
  const setup = {
    binary,
    folder,
    logFile: join(folder, 'engine.log'),
    pidFile: join(folder, 'engine.pid'),
    port: await freePort(),
    namespace: 'default',
  };
  const thrown: unknown[] = [];
  const note = (error: unknown) => void thrown.push(error);
  process.on('uncaughtException', note);
  await expect(startTemporal(setup)).rejects.toThrow(/ended at once with 3: see .*engine\.log/);
  // The pauses between questions are about a second by then: what would have thrown has done so.
  await wait(2_000);
  process.off('uncaughtException', note);
  expect(thrown).toEqual([]);
});
