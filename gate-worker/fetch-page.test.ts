import { expect, test } from 'vitest';
import { noMark } from '../domain/gate-guards.ts';
import { openSilentServer } from '../testing/silent-server.ts';
import { until } from '../testing/until.ts';
import { FeedError, fetchPage } from './fetch-page.ts';
import { trustKeys } from './trusted-keys.ts';

test.concurrent.each(['never', 'dribble'] as const)('a feed that answers so is given up: %s', async (how) => {
  const { url, connections, close } = await openSilentServer(how);
  const own = { signers: () => [() => Buffer.alloc(64)], answered: () => {}, held: () => [] };
  const source = { url, gate: 'south', own, trusted: trustKeys([]) };
  const began = Date.now();
  const asked = fetchPage(source, { after: 0, forwarded: 0, entered: 0, guards: noMark }, new AbortController().signal);
  await expect(asked).rejects.toThrow(FeedError);
  expect(Date.now() - began).toBeLessThan(25_000);
  await until(() => connections().open === 0, 'the connection is let go');
  await close();
});
