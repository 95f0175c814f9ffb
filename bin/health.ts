import { z } from 'zod';
import { readSettings } from '../platform/config.ts';
import { hostInAddress } from '../platform/host-in-address.ts';
import { everyProcess } from '../platform/setting-groups.ts';

/**
 * node bin/health.ts: asks the process of this environment whether it can do its main job, and ends with 0 where it can.
 * The health check of a container, the same for `web`, `worker` and gate: each answers at OPS_HOST and OPS_PORT.
 */

/** Shorter than what whoever runs health checks waits, and longer than a check of `/readyz` takes. */
const patience = 4_000;

const { OPS_HOST, OPS_PORT } = everyProcess;
try {
  const settings = readSettings(z.object({ OPS_HOST, OPS_PORT }), process.env);
  const answer = await fetch(`http://${reachable(settings.OPS_HOST)}:${settings.OPS_PORT}/readyz`, {
    signal: AbortSignal.timeout(patience),
  });
  console.log((await answer.text()).trim());
  process.exit(answer.ok ? 0 : 1);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

/** Where everything that arrives is listened to, this machine is answered too. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return hostInAddress(host);
}
