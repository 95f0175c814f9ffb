import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OwnGround, ownGround } from '../testing/system/ground.ts';
import { type System, startSystem } from '../testing/system.ts';
import { PlainBrowser, type PlainPage } from './plain-browser.ts';
import { filesBelow, readFiles } from './privacy/files.ts';
import { readHistories } from './privacy/histories.ts';
import { walkMarkedVisitor } from './privacy/marked-visit.ts';
import { findMarkers, type Marker, type Source, textSource } from './privacy/markers.ts';
import { readTables } from './privacy/tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'xiaomen-urls-'));
const urls = join(folder, 'urls.txt');
let ground: OwnGround;
let system: System;
let markers: Marker[];
let errorPages: PlainPage[];
beforeAll(async () => {
  writeFileSync(urls, '');
  ground = await ownGround();
  const recorder = fileURLToPath(new URL('./privacy/record-urls.ts', import.meta.url));
  // Every process apart, at its most talkative, each request's address written down.
  system = await startSystem({
    ground,
    run: 'apart',
    logLevel: 'debug',
    env: { NODE_OPTIONS: `--import=${recorder}`, URLS_FILE: urls },
  });
  ({ markers, errorPages } = await walkMarkedVisitor(system));
}, 240_000);
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const sources: Record<string, () => Source[] | Promise<Source[]>> = {
  'decoded histories, search attributes and summaries': () => readHistories(system.client, system.codec),
  'tables of the database': () => readTables(system.owner),
  'files of the database, its log of writes too': () => readFiles(filesBelow(join(ground.folder, 'postgres'))),
  'files of the engine': () => readFiles(filesBelow(join(ground.folder, 'temporal'))),
  'logs of every process': () => readFiles(system.logs),
  'stores of the gates': () => readFiles(filesBelow(system.folder).filter((path) => /gate-\w+\.db/.test(path))),
  'addresses of requests': () => ownAddresses(),
  'pages that tell of an error': () => errorPages.map(({ url, html }) => textSource(url.pathname, html)),
};

/**
 * The sandbox writes its own people's ids into its addresses, as no partner would; they are not ours. These credentials are
 * addresses, and stand in no other: in none that says where one came from either.
 */
const ownLinks = [
  // Good once, and asked for once here.
  /^GET \/join\/[\w-]{32} /m,
  /^GET \/staff\/links\/[\w-]{43} /m,
  // Its form is sent to the same address, which then says what was decided.
  /^(GET|POST) \/t\/[\w-]{43} /gm,
];
function ownAddresses(): Source[] {
  return readFiles([urls]).map(({ where, bytes }) => {
    const own = bytes
      .toString()
      .split('\n')
      .filter((line) => !/^\w+ \/(wechat\/o[\w-]{20}|inspect|phone)/.test(line));
    const others = ownLinks.reduce((text, link) => text.replace(link, 'a link '), own.join('\n'));
    return textSource(where, others);
  });
}

it.each(Object.keys(sources))('nothing of a marked visitor stands in the clear in: %s', async (where) => {
  const found = (await sources[where]?.()) ?? [];
  expect(found.reduce((total, { bytes }) => total + bytes.length, 0)).toBeGreaterThan(200);
  expect(findMarkers(found, markers)).toEqual([]);
});

it('planted markers are found', async () => {
  const planted = '欧阳标记人';
  await system.owner('university').update({ account_name: planted });
  await system.client.workflow.start('reservation', {
    workflowId: 'planted',
    taskQueue: 'nobody',
    args: [{ name: planted }],
    staticSummary: planted,
  });
  writeFileSync(join(system.folder, 'logs', 'web.log'), `{"msg":"${planted}"}\n`, { flag: 'a' });
  await new PlainBrowser(system.web).open(`/nowhere?name=${encodeURIComponent(planted)}`);
  const finds = async (where: string) => findMarkers((await sources[where]?.()) ?? [], markers);

  expect(await finds('tables of the database')).toEqual(['name: university.account_name (as it is)']);
  expect(await finds('decoded histories, search attributes and summaries')).toEqual(
    expect.arrayContaining(['name: event 1 of planted (as it is)', 'name: description of planted (as it is)']),
  );
  expect(await finds('logs of every process')).toHaveLength(1);
  expect(await finds('addresses of requests')).toHaveLength(1);
});
