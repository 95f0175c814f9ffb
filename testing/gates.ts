import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../bin/embedded/ports.ts';
import type { CredentialName } from '../domain/credentials.ts';
import type { Direction } from '../domain/reservation.ts';
import { type GateSettings, gateSchema, readSettings } from '../platform/config.ts';
import { temporaryFolder } from './folder.ts';

/** What a test needs to run a gate and to stand before it. */

/** Settings of a gate in a folder of its own, with nothing to reach unless given. */
export async function gateSettings(gate: {
  id: string;
  keys: string;
  feed?: string;
  /** Host and port of a door. */
  door?: string;
}): Promise<GateSettings> {
  const folder = temporaryFolder('xiaomen-gate-');
  const nobody = `127.0.0.1:${await freePort()}`;
  return readSettings(gateSchema, {
    XIAOMEN_MODE: 'demo',
    LOG_LEVEL: process.env.LOG_LEVEL,
    KEYS_DIR: gate.keys,
    OPS_PORT: '0',
    GATE_ID: gate.id,
    GATE_STORE: join(folder, 'gate.db'),
    GATE_PORT: '0',
    FEED_EVERY_MS: '50',
    FEED_URL: gate.feed ?? `http://${nobody}`,
    DOOR_URL: `http://${gate.door ?? nobody}`,
  });
}

/** A real HTTP server on a free port. */
export async function serve(app: RequestListener): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface ScanWish {
  kind?: CredentialName;
  value: string;
  document?: string;
  direction?: Direction;
  nonce?: string;
  device?: string;
}

export interface ScanAnswer {
  open: boolean;
  reason: string;
  message: { 'zh-CN': string; en: string };
  party: { name: string; plate: string | null } | null;
  notes: { kind: string; message: { 'zh-CN': string; en: string } }[];
}

/** A scanner with its device token. */
export const scannerAt = (url: () => string, token: string) =>
  async function scan(wish: ScanWish): Promise<ScanAnswer> {
    const { kind = 'qr', value, document, direction = 'in', nonce = randomUUID(), device = 'turnstile-1' } = wish;
    const response = await fetch(`${url()}/scan`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({
        device,
        direction,
        nonce,
        at: new Date().toISOString(),
        credential: { kind, value, ...(document === undefined ? {} : { document }) },
      }),
    });
    return (await response.json()) as ScanAnswer;
  };
