import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { lockedPackages } from './licence-rules.ts';

it('npm run sbom lists every locked package, by npm’s own command, with its checksum', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], { maxBuffer: 64_000_000 });
  const { bomFormat, components } = JSON.parse(stdout) as Bom;
  expect(bomFormat).toBe('CycloneDX');
  const listed = new Set(components.map(({ name, version }) => `${name} ${version}`));
  const locked = lockedPackages(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));
  const missing = locked.filter(({ name, version }) => !listed.has(`${name} ${version}`));
  expect(missing.map(({ name }) => name)).toEqual([]);
  expect(components.filter(({ hashes }) => !hashes?.length).map(({ name }) => name)).toEqual([]);
});

interface Bom {
  bomFormat: string;
  components: { name: string; version: string; hashes?: unknown[] }[];
}
