import { expect, test } from 'vitest';
import { readSettings, SettingsError, webSchema, workerSchema } from './config.ts';
import { activitySlots } from './connection-shares.ts';

const problemsOf = (env: Record<string, string>) => {
  try {
    readSettings(webSchema.pick({ TRUSTED_PROXIES: true }), env);
    return [];
  } catch (error) {
    return (error as SettingsError).settings;
  }
};

test.each(['', '127.0.0.1', '10.0.0.0/8, 192.168.1.7', '::1', 'fd00::/8', 'loopback, uniquelocal'])(
  'TRUSTED_PROXIES takes %j',
  (value) => {
    expect(problemsOf({ TRUSTED_PROXIES: value })).toEqual([]);
  },
);

test.each(['1', 'true', 'proxy.example', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.0/8/8', 'fd00::/129', 'fe80::1%eth0'])(
  'TRUSTED_PROXIES refuses %j by its name',
  (value) => {
    expect(problemsOf({ TRUSTED_PROXIES: `127.0.0.1,${value}` })).toEqual([
      { name: 'TRUSTED_PROXIES', problem: `is not valid: "${value}" is neither an address nor a CIDR` },
    ]);
  },
);

test('a malformed setting of many is one line that names it', () => {
  expect(new SettingsError(problemsOf({ TRUSTED_PROXIES: 'a, b' })).message).toBe(
    'Settings: TRUSTED_PROXIES is not valid: "a" is neither an address nor a CIDR, "b" is neither an address nor a CIDR',
  );
});

const worker = workerSchema.pick({ DATABASE_POOL: true, DATABASE_PROJECTION_POOL: true, ACTIVITY_SLOTS: true });

test('a worker does as many activities at once as have a connection each', () => {
  expect(activitySlots(readSettings(worker, {}))).toBe(16);
  expect(activitySlots(readSettings(worker, { DATABASE_POOL: '10' }))).toBe(6);
  expect(activitySlots(readSettings(worker, { DATABASE_POOL: '10', ACTIVITY_SLOTS: '5' }))).toBe(5);
});

test.each([
  [{ DATABASE_POOL: '10', ACTIVITY_SLOTS: '7' }, 'ACTIVITY_SLOTS is 7, but must be at most 6'],
  [{ DATABASE_POOL: '4' }, 'DATABASE_POOL is 4, but a worker needs at least 5'],
])('a worker refuses %j with a sentence', (env, sentence) => {
  expect(() => readSettings(worker, env)).toThrow(sentence);
});

test('a lock is waited for less long than a statement may run', () => {
  const limits = webSchema.pick({ DATABASE_LOCK_MS: true, DATABASE_STATEMENT_MS: true });
  expect(readSettings(limits, {})).toEqual({ DATABASE_LOCK_MS: 4_000, DATABASE_STATEMENT_MS: 8_000 });
  expect(() => readSettings(limits, { DATABASE_STATEMENT_MS: '3000' })).toThrow(
    'DATABASE_LOCK_MS is 4000, but must be less than DATABASE_STATEMENT_MS, 3000',
  );
});
