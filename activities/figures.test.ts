import { expect, it } from 'vitest';
import { openDatabase } from '../platform/db.ts';
import { createLog } from '../platform/log.ts';
import { startOps } from '../platform/ops.ts';
import { openSilentServer } from '../testing/silent-server.ts';
import { showFigures } from './figures.ts';

it('without the database the figures are missing, the others are there, and nobody waits for long', async () => {
  const log = createLog('test', 'silent');
  const silent = await openSilentServer('never');
  const db = openDatabase({ DATABASE_URL: `postgres://nobody@127.0.0.1:${silent.port}/nothing`, DATABASE_POOL: 2 });
  const figures = showFigures({ db }, { log });
  const ops = await startOps({ host: '127.0.0.1', port: 0, checks: {}, log });
  const began = performance.now();
  const answers = await Promise.all([1, 2].map(() => fetch(`${ops.url}/metrics`).then((answer) => answer.text())));
  expect(performance.now() - began).toBeLessThan(4_000);
  for (const metrics of answers) {
    expect(metrics).toMatch(/^xiaomen_figures_read\{of="visits"\} 0$/m);
    expect(metrics).toMatch(/^process_cpu_seconds_total /m);
    expect(metrics).not.toMatch(/^xiaomen_(visits|requests|gate|tasks|audit|retention)/m);
  }
  expect(silent.connections().made).toBe(1);
  await silent.close();
  await figures.stop();
  await ops.close();
  await db.destroy();
});
