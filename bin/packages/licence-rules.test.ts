import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isAllowed, lockedPackages, thirdPartyPage } from './licence-rules.ts';

const textOf = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const packages = lockedPackages(textOf('package-lock.json'));

it('every locked package has its SHA-512, and names no host it comes from', () => {
  expect(packages.length).toBeGreaterThan(500);
  expect(packages.filter(({ integrity }) => !integrity?.startsWith('sha512-')).map(({ name }) => name)).toEqual([]);
  // Whichever registry an office uses hands out the same bytes.
  expect(packages.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
});

it('every package has a licence that is allowed for what it is used for', () => {
  expect(packages.filter((one) => !isAllowed(one)).map(({ name, licence }) => `${name}: ${licence}`)).toEqual([]);
});

it.each([
  ['GPL-3.0-only', false, false],
  ['AGPL-3.0-or-later', true, false],
  ['MIT AND GPL-2.0-only', false, false],
  ['(MIT OR GPL-2.0-only)', false, true],
  ['MPL-2.0', false, false],
  ['MPL-2.0', true, true],
  ['LGPL-3.0-or-later', false, false],
  ['unknown', true, false],
])('%s, for the tests alone: %s – allowed: %s', (licence, dev, allowed) => {
  expect(isAllowed({ name: 'some-package', licence, dev })).toBe(allowed);
});

it('the page of third-party packages says what is locked; else run "npm run licences"', () => {
  expect(textOf('THIRD-PARTY.md')).toBe(thirdPartyPage(packages));
});
