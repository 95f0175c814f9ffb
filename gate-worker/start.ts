import { createServer } from 'node:http';
import { day } from '../domain/time.ts';
import { createGateCodec } from '../platform/codec.ts';
import type { GateSettings } from '../platform/config.ts';
import { endTogether } from '../platform/ending.ts';
import { hostInAddress } from '../platform/host-in-address.ts';
import { readGateKeys } from '../platform/keys.ts';
import { drain, listen } from '../platform/listening.ts';
import { createLog } from '../platform/log.ts';
import { startOps } from '../platform/ops.ts';
import { createPollProbe } from '../platform/poll-probe.ts';
import { stopTimes } from '../platform/stop-times.ts';
import { connectClientBy, installRuntime } from '../platform/temporal.ts';
import { gateTaskQueue } from '../workflows/messages/gate.ts';
import { startAcknowledger } from './acknowledger.ts';
import type { Judge } from './answer-scan.ts';
import { createAnsweredScans } from './answered-scans.ts';
import { createGateApp } from './app.ts';
import { createApplier } from './apply-page.ts';
import { createCashDesk } from './ask-cash.ts';
import { createClock } from './clock.ts';
import { createConsoleSessions } from './console/sessions.ts';
import { openDevices } from './devices/open.ts';
import { readDevices } from './devices/settings.ts';
import { createDisk, writesNow } from './disk.ts';
import { startEmergencies } from './emergencies.ts';
import { createEnteredElsewhere } from './entered-elsewhere.ts';
import { startFeedPuller } from './feed-puller.ts';
import { startForgetting } from './forgetting.ts';
import { startForwarder } from './forwarder.ts';
import { createGuards } from './guards.ts';
import { createHandovers } from './handovers.ts';
import { createKnownPasses } from './known-passes.ts';
import { openLedger } from './ledger.ts';
import { deriveLocalKeys } from './local-keys.ts';
import { countAnswer, traceAnswer, watchLedger } from './measures.ts';
import { followOwnKeys } from './own-keys.ts';
import { requireOwnStore } from './own-store.ts';
import { begunAnewLately, createPosition } from './position.ts';
import { createRefusalTeller } from './refusal-teller.ts';
import { trustKeys } from './trusted-keys.ts';
import { wayThroughDoor } from './way-through-door.ts';

export interface RunningGate {
  /** Where devices and the page find it. */
  url: string;
  port: number;
  opsUrl: string;
  /** Answers the requests that were begun; events that are not forwarded yet wait on the disk. */
  stop(): Promise<void>;
}

/**
 * Brings a gate up from its settings and key files. It decides at once with what it knew; feed and engine are looked
 * for in the background, for ever.
 * @throws Error when the key files belong to another gate, or its store to another box
 */
export async function startGate(settings: GateSettings): Promise<RunningGate> {
  const keys = readGateKeys(settings.KEYS_DIR);
  const { GATE_ID: gate = keys.id } = settings;
  const log = createLog(`gate ${gate}`, settings.LOG_LEVEL);
  if (keys.id !== gate) throw new Error(`KEYS_DIR holds the keys of gate ${keys.id}, but GATE_ID is ${gate}`);

  installRuntime(log, settings);
  const ledger = openLedger(settings.GATE_STORE);
  try {
    requireOwnStore(ledger, keys);
  } catch (error) {
    ledger.close();
    throw error;
  }
  const local = deriveLocalKeys(keys);
  const own = followOwnKeys(keys, { folder: settings.KEYS_DIR, log });
  const trusted = trustKeys(keys.trust, ledger);
  const position = createPosition(ledger);
  const passes = createKnownPasses(ledger, local);
  const disk = createDisk(log);
  const scans = createAnsweredScans(ledger, local, gate, disk);
  const elsewhere = createEnteredElsewhere();
  const clock = createClock();
  const guards = createGuards({ ledger, gate, own, local, disk, log });

  const way = wayThroughDoor(gate, settings, own);
  const temporal = connectClientBy(way, createGateCodec(keys.codec));
  const forwarder = startForwarder({ client: temporal.client, gate, scans, log });
  const applier = createApplier({
    ledger,
    position,
    passes,
    trusted,
    local,
    disk,
    own,
    log,
  });
  const forgetting = startForgetting({
    ledger,
    position,
    disk,
    after: settings.GATE_FORGETS_AFTER_DAYS * day,
    log,
  });
  const source = { url: settings.FEED_URL, gate, own, trusted };
  const puller = startFeedPuller({
    source,
    position,
    scans,
    elsewhere,
    guards,
    clock,
    applier,
    disk,
    tellRefusals: createRefusalTeller({ source, scans }),
    every: settings.FEED_EVERY_MS,
    log,
  });
  const emergencies = startEmergencies({ ledger, disk, source, every: settings.FEED_EVERY_MS });
  const acknowledger = startAcknowledger({ gate, way, codecKey: keys.codec, puller, position, log });
  const polls = createPollProbe(temporal.client, { queue: gateTaskQueue(gate), takes: 'activities' });
  const unwatch = watchLedger(gate, {
    passes: () => disk.read(passes.count, () => 0),
    waiting: scans.waitingCount,
    lost: disk.lost,
    lastWrite: disk.lastWrite,
  });

  const judge: Judge = {
    position,
    passes,
    scans,
    elsewhere,
    trusted,
    disk,
    clock,
    answered(answered, took, of) {
      countAnswer(gate, answered, took);
      traceAnswer(gate, answered, { took, ...of });
      if (answered.open) forwarder.wake();
    },
    annulled: () => forwarder.wake(),
  };
  const devices = openDevices(readDevices(settings.KEYS_DIR), { judge, ledger, log });
  const deviceToken = keys.device.token;
  const sessions = createConsoleSessions(ledger, disk, { pinHash: keys.console.pin_hash, deviceToken, guards });
  const handovers = createHandovers(ledger, local, disk);
  const server = createServer(
    createGateApp({
      gate,
      deviceToken,
      judge,
      sessions,
      guards,
      emergencies,
      handovers,
      cash: createCashDesk(source),
      devices,
      log,
    }),
  );
  server.requestTimeout = 10_000;

  async function end(): Promise<void> {
    await Promise.all([forwarder.stop(), puller.stop(), acknowledger.stop(), emergencies.stop(), devices.stop()]);
    // Closing a client whose call is still tried again throws out of a timer.
    Promise.all([forwarder.settled(), polls.settled()]).then(
      () => temporal.close(),
      () => undefined,
    );
    unwatch();
    forgetting.stop();
    own.stop();
    scans.close(Date.now());
    ledger.close();
  }
  try {
    const port = await listen(server, { host: settings.GATE_HOST, port: settings.GATE_PORT });
    const ops = await startOps({
      host: settings.OPS_HOST,
      port: settings.OPS_PORT,
      log,
      checks: {
        ledger: { required: true, probe: async () => ledger.prepare('select 1').get() },
        // A gate learns its campus and number, and whether exits are recorded, from its first page of the feed.
        place: { required: true, probe: async () => position.place() ?? Promise.reject(new Error('not yet')) },
        feed: { required: false, probe: async () => fails(puller.fault() !== undefined || !puller.isFollowing()) },
        // Until then a pass that was revoked may open: an empty store knows signatures only.
        catching_up: {
          required: false,
          probe: async () => fails(position.place() !== undefined && !position.caughtUp()),
        },
        // The database behind the feed went back: what the gates know of before stays, somebody should look all the same.
        feed_anew: { required: false, probe: async () => fails(begunAnewLately(position, Date.now())) },
        // Nothing was heard for days: it decides by signatures alone, until it has read its feed anew.
        people: { required: false, probe: async () => fails(forgetting.hasForgotten()) },
        // Windows and steps are judged by the gate's own clock.
        clock: { required: false, probe: async () => fails(clock.isWrong()) },
        // The last write says so: entries are in memory, and go with the process.
        disk: { required: false, probe: async () => fails(!writesNow(disk, position)) },
        // As the engine saw it: whether this gate asked it for tasks lately.
        temporal: { required: false, probe: async () => polls.probe(acknowledger.running()) },
      },
    });
    log.info({ host: settings.GATE_HOST, port }, 'the gate listens');
    return {
      url: `http://${hostInAddress(settings.GATE_HOST)}:${port}`,
      port,
      opsUrl: ops.url,
      async stop() {
        await drain(server, stopTimes.gate.requests);
        await endTogether({ operations: ops.close, work: end }, { patience: stopTimes.gate.work, log });
        log.info('the gate has stopped');
      },
    };
  } catch (error) {
    await drain(server, stopTimes.gate.requests);
    await end();
    throw error;
  }
}

/** A probe of the ops listener speaks by throwing. */
function fails(isBad: boolean): void {
  if (isBad) throw new Error('not as it should be');
}
