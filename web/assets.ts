import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { minifySync } from '@swc/core';
import { type Request, type Response, Router } from 'express';
import type { Knex } from 'knex';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { findAsset, keepAssets } from '../store/content/served-asset.ts';

const own = (name: string): Buffer => readFileSync(new URL(`public/${name}`, import.meta.url));
/** A script without comments, spaces and long names: they are for readers of the source, and are half of what would be sent. */
const ownScript = (name: string): Buffer =>
  Buffer.from(minifySync(own(name).toString(), { compress: false, mangle: true, module: false }).code);
const forPaper = (name: string): Buffer => Buffer.concat([own('paper.css'), own(name)]);
const resolve = createRequire(import.meta.url).resolve;
const packaged = (path: string): Buffer => readFileSync(resolve(path));

interface Asset {
  path: string;
  type: string;
  bodies: { identity: Buffer; gzip: Buffer; br: Buffer };
}

/** Read and compressed once, when first needed; the address carries the content's hash. */
const assets = new Map<string, Asset>(
  [
    read('xiaomen.css', 'text/css; charset=utf-8', () => own('xiaomen.css')),
    read('xiaomen.js', 'text/javascript; charset=utf-8', () => ownScript('xiaomen.js')),
    read('photo.js', 'text/javascript; charset=utf-8', () => ownScript('photo.js')),
    read('evacuation.js', 'text/javascript; charset=utf-8', () => ownScript('evacuation.js')),
    read('pass.js', 'text/javascript; charset=utf-8', () => ownScript('pass.js')),
    read('pay.js', 'text/javascript; charset=utf-8', () => ownScript('pay.js')),
    read('tabs.js', 'text/javascript; charset=utf-8', () => ownScript('tabs.js')),
    // Draws QR codes in a browser; a module, fetched by pass.js when the phone draws by itself.
    read('uqr.mjs', 'text/javascript; charset=utf-8', () => readFileSync(join(dirname(resolve('uqr')), 'index.mjs'))),
    read('print.css', 'text/css; charset=utf-8', () => forPaper('print.css')),
    read('evidence.css', 'text/css; charset=utf-8', () => forPaper('evidence.css')),
    read('choosing.js', 'text/javascript; charset=utf-8', () => ownScript('choosing.js')),
    read('window.js', 'text/javascript; charset=utf-8', () => ownScript('window.js')),
    read('inbox.js', 'text/javascript; charset=utf-8', () => ownScript('inbox.js')),
    read('htmx.js', 'text/javascript; charset=utf-8', () => packaged('htmx.org/dist/htmx.min.js')),
  ].map((asset) => [asset.name, asset]),
);
const byPath = new Map([...assets.values()].map((asset) => [asset.path, asset]));

/** The hashed address of an asset. @throws when no asset has that name. */
export function assetPath(name: string): string {
  const asset = assets.get(name);
  if (!asset) throw new Error(`No asset is called ${name}`);
  return asset.path;
}

/** Those of this release from memory, those of others – of a page that was opened before a rollout – from the database. */
export function assetRoutes(db: Knex): Router {
  const router = Router();
  router.get('/assets/:name', async (req, res, next) => {
    const asset = byPath.get(req.path) ?? (await readOther(db, req.path).catch((error: Error) => error));
    if (asset instanceof Error) {
      // No page: nothing that draws one has come yet.
      res.err = asset;
      res.status(503).set('Retry-After', '5').end();
    } else if (asset) send(req, res, asset);
    else next();
  });
  return router;
}

function send(req: Request, res: Response, asset: Asset): void {
  const encoding = req.acceptsEncodings('br', 'gzip', 'identity') || 'identity';
  const body = asset.bodies[encoding as keyof Asset['bodies']] ?? asset.bodies.identity;
  res.set({
    'Cache-Control': 'public, max-age=31536000, immutable',
    'Content-Type': asset.type,
    Vary: 'Accept-Encoding',
  });
  if (body !== asset.bodies.identity) res.set('Content-Encoding', encoding);
  res.send(body);
}

/** Releases of some weeks have no more; strangers ask for any address. */
const mostOthers = 60;
const others = new Map<string, Asset>();

async function readOther(db: Knex, path: string): Promise<Asset | undefined> {
  const known = others.get(path);
  if (known) return known;
  const hash = /\.([0-9a-f]{12})\.\w+$/.exec(path)?.[1];
  const found = hash ? await findAsset(db, path) : undefined;
  if (!found || hashOf(found.body) !== hash) return undefined;
  const asset = compressed({ path, type: found.type }, found.body);
  others.set(path, asset);
  const [first] = others.keys();
  if (first && others.size > mostOthers) others.delete(first);
  return asset;
}

const halfDay = 12 * 3_600_000;

/** Says what pages of this release ask for, so that other releases serve it too. @param every ms between two tries */
export function offerAssets(db: Knex, { log, every = 30_000 }: { log: Log; every?: number }): Rounds {
  const own = [...assets.values()].map(({ path, type, bodies }) => ({ path, type, body: bodies.identity }));
  let saidAt = Number.NEGATIVE_INFINITY;
  const round = async (): Promise<void> => {
    if (Date.now() - saidAt < halfDay) return;
    await keepAssets(db, own);
    saidAt = Date.now();
  };
  return startRounds({ every, round, failure: 'styles and scripts are not kept for pages that stay open', log });
}

function hashOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 12);
}

function read(name: string, type: string, load: () => Buffer): Asset & { name: string } {
  const body = load();
  const path = `/assets/${name.replace(/\.(\w+)$/, `.${hashOf(body)}.$1`)}`;
  return { name, ...compressed({ path, type }, body) };
}

function compressed({ path, type }: Pick<Asset, 'path' | 'type'>, identity: Buffer): Asset {
  return { path, type, bodies: { identity, gzip: gzipSync(identity, { level: 9 }), br: brotliCompressSync(identity) } };
}
