import { readFileSync } from 'node:fs';
import type { DoorSettings } from '../platform/config.ts';
import { openDatabase, probeDatabase } from '../platform/db.ts';
import { endTogether } from '../platform/ending.ts';
import { connectEngine } from '../platform/engine-connection.ts';
import { hostInAddress } from '../platform/host-in-address.ts';
import { readDoorKeys } from '../platform/keys.ts';
import { createLog } from '../platform/log.ts';
import { startOps } from '../platform/ops.ts';
import { watchPools } from '../platform/process-figures.ts';
import { startRounds } from '../platform/rounds.ts';
import { stopTimes } from '../platform/stop-times.ts';
import { connectionOptions } from '../platform/temporal.ts';
import { createRefusals } from '../store/audit/refusals.ts';
import { isStillIn } from './admit.ts';
import { createCalls } from './calls.ts';
import { createKnownGates } from './known-gates.ts';
import { Ending, Refused } from './refused.ts';
import { listenAtDoor } from './server.ts';
import { createTaskTokens } from './task-tokens.ts';
import { createTurns } from './turns.ts';

export interface RunningDoor {
  /** Host and port, as gates find it. */
  address: string;
  opsUrl: string;
  /** Ends polls at once, answers what else was begun. */
  stop(): Promise<void>;
}

/** How often calls of gates that are out of service are looked for, in ms: a poll lasts a minute. */
const looksEvery = 5_000;
const enginePatience = 1_500;

/**
 * Brings the door up from its settings: gRPC as the engine speaks it, for enrolled gates and for what they need (methods.ts). Starts
 * without database or engine, and says so.
 * @throws Error when its key file or its certificate cannot be read
 */
export async function startDoor(
  settings: DoorSettings,
  { every = looksEvery, turns = createTurns() } = {},
): Promise<RunningDoor> {
  const log = createLog('door', settings.LOG_LEVEL);
  const keys = readDoorKeys(settings.KEYS_DIR);
  const { DOOR_TLS_CERT: certificate, DOOR_TLS_KEY: key } = settings;
  const tls = certificate && key ? { certificate: readFileSync(certificate), key: readFileSync(key) } : undefined;
  const db = openDatabase(settings);
  const refusals = createRefusals(db, { log });
  const engine = connectEngine(connectionOptions(settings));
  const calls = createCalls();
  const parts = {
    db,
    known: createKnownGates(db),
    engine,
    namespace: settings.TEMPORAL_NAMESPACE,
    tokens: createTaskTokens(keys.tokens),
    calls,
    turns,
    refusals,
    log,
  };
  const end = async () => {
    await refusals.close();
    await Promise.all([engine.close(), db.destroy()]);
  };
  try {
    const server = await listenAtDoor(parts, { host: settings.DOOR_HOST, port: settings.DOOR_PORT, tls });
    const looking = startRounds({
      every,
      round: () =>
        calls.endStrangers(
          (gate) => isStillIn(db, gate),
          () => new Refused('retired'),
        ),
      failure: 'gates out of service are not looked for',
      log,
    });
    watchPools({ door: db });
    const ops = await startOps({
      host: settings.OPS_HOST,
      port: settings.OPS_PORT,
      log,
      checks: {
        postgres: { required: true, probe: () => probeDatabase(db) },
        temporal: {
          required: true,
          probe: () => engine.withDeadline(Date.now() + enginePatience, () => engine.workflowService.getSystemInfo({})),
        },
      },
    });
    log.info({ host: settings.DOOR_HOST, port: server.port }, 'the door listens');
    return {
      address: `${hostInAddress(settings.DOOR_HOST)}:${server.port}`,
      opsUrl: ops.url,
      async stop() {
        calls.endAll(new Ending());
        await server.close(stopTimes.door.calls);
        const rest = { operations: ops.close, work: () => looking.stop().then(end) };
        await endTogether(rest, { patience: stopTimes.door.parts, log });
        log.info('the door has stopped');
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
