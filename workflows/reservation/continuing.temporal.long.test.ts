import { afterAll, beforeAll, expect, it } from 'vitest';
import { liveThrough } from '../../testing/mixed-messages.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';

let process: ProcessUnderTest;
beforeAll(async () => {
  process = await startProcess(undefined, { renewAfter: { updates: 200, signals: 200 } });
  await process.startWorker();
});
afterAll(() => process?.stop());

it('a visit of 5,000 mixed messages is what a model says, and is cancelled at its end', async () => {
  const { runs } = await liveThrough(process, { messages: 5_000, seed: 5_000 });
  expect(runs).toBeGreaterThan(10);
});
