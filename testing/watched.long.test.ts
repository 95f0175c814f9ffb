import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { findGo } from '../bin/embedded/build-engine.ts';
import { temporaryFolder } from './folder.ts';
import { askedBy } from './metric-names.ts';
import { alertGroups, dashboardPanels, watchedExpressions } from './watched.ts';

const top = fileURLToPath(new URL('..', import.meta.url));
const go = findGo();
const how = go ? "by Prometheus's code and Grafana's schema" : 'by our own rules alone, for want of Go';

it(`alert rules and dashboard are loaded (${how})`, { timeout: 15 * 60_000 }, async () => {
  if (!go) return watchedExpressions().forEach(({ expression }) => void askedBy(expression));
  const program = join(temporaryFolder('xiaomen-watched-'), 'watched');
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' };
  await promisify(execFile)('nice', ['-n', '10', go, 'build', '-o', program, '.'], {
    cwd: join(top, 'testing/watched-go'),
    env,
  });
  const { stdout } = await promisify(execFile)(program, [
    join(top, 'deploy/prometheus/alerts.yml'),
    join(top, 'deploy/grafana/xiaomen.json'),
  ]);
  const queries = dashboardPanels().flatMap(({ title, targets = [] }) => targets.map(() => `query ${title}`));
  const groups = alertGroups().map(({ name, rules }) => `group ${name} ${rules.length}`);
  expect(stdout.trim().split('\n')).toEqual([...groups, ...queries]);
});
