import { expect, test } from 'vitest';
import { readSettings, SettingsError, webSchema } from './config.ts';

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
