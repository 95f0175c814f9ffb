import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';

/** The page's own files, and the QR reader with its WebAssembly, hosted here: a gate may have no way to the internet. */
export function consoleAssets(): Router {
  const router = Router();
  const options = { index: false, dotfiles: 'ignore', maxAge: '1h' } as const;
  router.use('/assets', express.static(fileURLToPath(new URL('public', import.meta.url)), options));
  const reader = fileURLToPath(new URL('.', import.meta.resolve('zxing-wasm/reader')));
  const wasm = fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'));
  router.get('/zxing/reader/index.js', (_req, res) => res.sendFile('index.js', { root: reader, maxAge: '1d' }));
  router.get('/zxing/share.js', (_req, res) => res.sendFile('share.js', { root: `${reader}/..`, maxAge: '1d' }));
  router.get('/zxing/zxing_reader.wasm', (_req, res) => res.sendFile(wasm, { maxAge: '1d' }));
  return router;
}
