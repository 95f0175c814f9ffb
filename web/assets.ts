import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Router } from 'express';

const own = (name: string): Buffer => readFileSync(new URL(`public/${name}`, import.meta.url));
/** A script without its lines of comment: they are for readers of the source, and are a third of what would be sent. */
const ownScript = (name: string): Buffer =>
  Buffer.from(
    own(name)
      .toString()
      .replace(/^[ \t]*\/\/.*\n/gm, ''),
  );
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
    read('pass.js', 'text/javascript; charset=utf-8', () => ownScript('pass.js')),
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

export function assetRoutes(): Router {
  const router = Router();
  router.get('/assets/:name', (req, res, next) => {
    const asset = byPath.get(req.path);
    if (!asset) return next();
    const encoding = req.acceptsEncodings('br', 'gzip', 'identity') || 'identity';
    const body = asset.bodies[encoding as keyof Asset['bodies']] ?? asset.bodies.identity;
    res.set({
      'Cache-Control': 'public, max-age=31536000, immutable',
      'Content-Type': asset.type,
      Vary: 'Accept-Encoding',
    });
    if (body !== asset.bodies.identity) res.set('Content-Encoding', encoding);
    res.send(body);
  });
  return router;
}

function read(name: string, type: string, load: () => Buffer): Asset & { name: string } {
  const identity = load();
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 12);
  const path = `/assets/${name.replace(/\.(\w+)$/, `.${hash}.$1`)}`;
  return {
    name,
    path,
    type,
    bodies: {
      identity,
      gzip: gzipSync(identity, { level: 9 }),
      br: brotliCompressSync(identity),
    },
  };
}
