import express from 'express';
import { type RunningGate, startGate } from '../gate-worker/start.ts';
import { createLog } from '../platform/log.ts';
import { refusalRoutes } from '../web/gates/refusals.ts';
import { feedRoutes } from '../web/gates/routes.ts';
import { aCampus } from './campus.ts';
import { gateSettings, scannerAt, serve } from './gates.ts';
import { testKeys } from './keys.ts';
import { passesOf } from './passes.ts';
import { freshDatabase } from './postgres.ts';
import { until } from './until.ts';

export type GateId = 'south' | 'east' | 'north';
export type House = Awaited<ReturnType<typeof aHouse>>;
export type GateUnderTest = Awaited<ReturnType<House['openGate']>>;

/**
 * What gates are tried on: a database, keys, the real feed route, no engine. South and east belong to campus 1;
 * north to campus 2, which records exits.
 */
export async function aHouse() {
  const [database, keys] = await Promise.all([freshDatabase(), testKeys(['south', 'east', 'north'])]);
  const { south, east, north } = keys.folders.gates;
  if (!south || !east || !north) throw new Error('No keys were made');
  const campus = (await aCampus(database.owner, { south, east })).id;
  const recordingCampus = (await aCampus(database.owner, { north }, { number: 2, exitsRecorded: true })).id;
  /** What happens to a page on its way to a gate. */
  const road = { change: (body: string): string => body };
  const openWeb = () => {
    const app = express().use((_req, res, next) => {
      const send = res.send.bind(res);
      res.send = (body) => send(typeof body === 'string' ? road.change(body) : body);
      next();
    });
    const deps = { db: database.db, keys: keys.web, log: createLog('test', 'silent') };
    return serve(app.use(feedRoutes(deps), refusalRoutes(deps)));
  };
  const web = await openWeb();

  /** A gate that knows its place. */
  async function openGate(id: GateId, feed: string = web.url) {
    const settings = await gateSettings({ id, keys: keys.folders.gates[id]?.folder ?? '', feed });
    let gate: RunningGate = await startGate(settings);
    const state = async () => (await fetch(`${gate.opsUrl}/readyz`)).json() as Promise<GateState>;
    const head = async () => (await database.db('gate').where({ id }).first()).feed_position;
    const pulled = async () => (await database.db('gate_contact').where({ gate_id: id }).first())?.pulled_through ?? -1;
    await until(async () => (await state()).ready, `${id} knows its place`);
    return {
      settings,
      state,
      url: () => gate.url,
      token: keys.gate(id).device.token,
      scan: scannerAt(() => gate.url, keys.gate(id).device.token),
      /** It asks from where it has applied: the contact after a page says so. */
      caughtUp: () => until(async () => (await pulled()) >= (await head()), `${id} has read its feed`),
      missesFeed: () => until(async () => (await state()).degraded.includes('feed'), `${id} misses its feed`),
      stop: () => gate.stop(),
      async restart() {
        await gate.stop();
        gate = await startGate(settings);
      },
    };
  }

  return {
    database,
    keys,
    campus,
    recordingCampus,
    road,
    web,
    openWeb,
    openGate,
    passes: passesOf(keys),
    async close() {
      await web.close();
      await database.drop();
    },
  };
}

interface GateState {
  ready: boolean;
  degraded: string[];
}
