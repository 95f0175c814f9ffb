import { type FSWatcher, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'cheerio';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { documentOf, partyOf } from '../testing/book-pages.ts';
import { noise } from '../testing/photographs.ts';
import { type System, startSystem } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { VisitorBrowser } from '../testing/visitor-browser.ts';

/** Uploads stay in memory: the process has a folder for temporary files that nothing is ever made in. */

const folder = mkdtempSync(join(tmpdir(), 'xiaomen-uploads-'));
let system: System;
let watching: FSWatcher;
/** Names of all files made there, also of those that were gone at once. */
let made: string[] = [];
beforeAll(async () => {
  const env = { TMPDIR: folder, TMP: folder, TEMP: folder };
  system = await startSystem({ start: ['sandbox', 'web'], run: 'apart', env });
  watching = watch(folder, (_, name) => made.push(String(name)));
}, 120_000);
afterAll(async () => {
  watching?.close();
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  made = [];
});

test('a file that is made there and deleted again is noticed', async () => {
  writeFileSync(join(folder, 'planted'), '');
  rmSync(join(folder, 'planted'));
  await until(() => made.includes('planted'), 'it is noticed');
});

test('a photograph is never written to a disk, however large, turned or broken it is', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const upload = (bytes: Buffer) =>
    visitor.agent
      .post('/profile/photos/document')
      .attach('photo', bytes, { filename: 'photo.jpg', contentType: 'image/jpeg' });
  const wide = sharp({ create: { width: 4_000, height: 3_000, channels: 3, background: '#8a6d4f' } });
  const turned = await wide.jpeg({ quality: 60 }).withMetadata({ orientation: 6 }).toBuffer();
  await upload(turned).expect(303);
  await upload(await noise(1_200, 900)).expect(303);
  await upload(turned.subarray(0, turned.length / 2)).expect(422);
  await upload(Buffer.concat([await noise(300, 300), Buffer.alloc(9 * 1024 * 1024)])).expect(413);
  await visitor.page('/profile/photos');
  expect([made, readdirSync(folder)]).toEqual([[], []]);
});

test('a group’s sheet leaves no file either, taken or refused', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const left = await visitor.post('/companions/selection', await visitor.visitForm('official')).expect(303);
  const party = partyOf(left.headers.location);
  const page = await visitor.page(`/companions/group?party=${party}`);
  const declared = page('[name=declared]').attr('value') ?? '';
  const action = page('form[enctype]').attr('action') ?? '';
  const upload = (bytes: Buffer) =>
    visitor.agent.post(action).field({ party, declared }).attach('sheet', bytes, 'group.csv');
  const head = '姓名,手机号,证件类型,证件号';
  await upload(Buffer.from(`${head}\n赵团员,,身份证,${documentOf('19800101')}`)).expect(303);
  await upload(Buffer.from(`${head}\n,,身份证,123`)).expect(422);
  const large = await upload(Buffer.alloc(2 * 1024 * 1024, 'a')).expect(422);
  expect(load(large.text)('#field-sheet-error').text()).toContain('表格过大');
  const template = await visitor.agent
    .get('/companions/group/template.xlsx')
    .buffer(true)
    .parse((res, done) => {
      const parts: Buffer[] = [];
      res.on('data', (part: Buffer) => parts.push(part));
      res.on('end', () => done(null, Buffer.concat(parts)));
    });
  await upload(template.body as Buffer);
  expect([made, readdirSync(folder)]).toEqual([[], []]);
});

test('no package that could write one is part of the product', () => {
  const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
  const shipped = Object.entries<{ dev?: boolean }>(lock.packages).filter(([, { dev }]) => !dev);
  expect(shipped.length).toBeGreaterThan(50);
  const writers = /(^|\/)(multer|busboy|@fastify\/busboy|formidable|multiparty|express-fileupload|tmp|tempy)$/;
  // Reads answers of WeChat Pay in a transport that is replaced by our own: no form of a visitor comes near.
  const unused = 'node_modules/wechatpay-node-v3/node_modules/formidable';
  expect(shipped.map(([path]) => path).filter((path) => writers.test(path))).toEqual([unused]);
});
