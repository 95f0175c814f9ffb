import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { feedHeaders, feedPageText } from '../domain/feed.ts';
import { createLog } from '../platform/log.ts';
import { createSigner } from '../platform/signing.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { serve } from '../testing/gates.ts';
import { testKeys } from '../testing/keys.ts';
import { createAnsweredScans } from './answered-scans.ts';
import { createApplier } from './apply-page.ts';
import { createClock } from './clock.ts';
import { createDisk } from './disk.ts';
import { createEnteredElsewhere } from './entered-elsewhere.ts';
import { startFeedPuller } from './feed-puller.ts';
import { createGuards } from './guards.ts';
import { createKnownPasses } from './known-passes.ts';
import { openLedger } from './ledger.ts';
import { deriveLocalKeys } from './local-keys.ts';
import { followOwnKeys } from './own-keys.ts';
import { createPosition } from './position.ts';
import { trustKeys } from './trusted-keys.ts';

const keys = await testKeys(['south']);

/** A page with nothing in it, under the feed's own key. */
const emptyPage =
  (ahead: number) =>
  (req: IncomingMessage, res: ServerResponse): void => {
    const names = { 'zh-CN': '南门', en: 'South Gate' };
    const place = { campus: 1, number: 0, exitsRecorded: false, campusName: names, gateName: names };
    const positions = { from: 0, through: 0, head: 0, epoch: randomUUID(), fromMark: null, throughMark: randomUUID() };
    const asked = Number(req.headers[feedHeaders.time]);
    const after = Number(new URL(req.url ?? '', 'http://web').searchParams.get('entered'));
    const entered = { after, through: Date.now() + ahead, entries: [] };
    const body = JSON.stringify({ gate: 'south', asked, ...positions, place, rows: [], entered });
    const { current, currentPair } = keys.web.feed;
    const signature = createSigner(currentPair.private)(Buffer.from(feedPageText(body))).toString('base64');
    res.setHeader(feedHeaders.pageSignature, `${current}:${signature}`).end(body);
  };

const answers = {
  away: (_req: IncomingMessage, res: ServerResponse) => void res.writeHead(503).end(),
  clock: (_req: IncomingMessage, res: ServerResponse) => void res.writeHead(401).end('{"error":"clock"}'),
  forged: (_req: IncomingMessage, res: ServerResponse) => void res.end('{}'),
  page: emptyPage(0),
  ahead: emptyPage(60_000),
};

test('a feed that is away is waited for; any other fault is told as soon as it begins, however long it was away before; a clock that differs is noticed', async () => {
  const said: string[] = [];
  const log = createLog('test', 'info', { write: (text) => void said.push(JSON.parse(text).msg) });
  let answer: keyof typeof answers = 'away';
  const web = await serve((req, res) => answers[answer](req, res));
  const ledger = openLedger(join(temporaryFolder('xiaomen-puller-'), 'gate.db'));
  const local = deriveLocalKeys({ local: randomBytes(32), codec: { kid: 'c1', key: randomBytes(32) } });
  const own = followOwnKeys(keys.gate('south'), { folder: keys.folders.gates.south?.folder ?? '', log });
  const trusted = trustKeys(keys.gate('south').trust, ledger);
  const disk = createDisk(log);
  const position = createPosition(ledger);
  const passes = createKnownPasses(ledger, local);
  const clock = createClock();
  const puller = startFeedPuller({
    source: { url: web.url, gate: 'south', own, trusted },
    position,
    scans: createAnsweredScans(ledger, local, 'south', disk),
    elsewhere: createEnteredElsewhere(),
    clock,
    guards: createGuards({ ledger, gate: 'south', own, local, disk, log }),
    applier: createApplier({ ledger, position, passes, trusted, local, disk, own, log }),
    disk,
    tellRefusals: async () => {},
    every: 3_600_000,
    log,
  });
  const readings: (keyof typeof answers)[] = ['away', 'clock', 'clock', 'forged', 'clock', 'page', 'ahead'];
  const wrong: string[] = [];
  for (answer of readings) {
    await puller.pull().catch(() => undefined);
    wrong.push(`${answer} ${clock.isWrong()}`);
  }
  await Promise.all([puller.stop(), web.close()]);
  own.stop();
  ledger.close();
  expect(puller.fault()).toBeUndefined();
  expect(wrong).toEqual([
    'away false',
    'clock true',
    'clock true',
    'forged true',
    'clock true',
    'page false',
    'ahead true',
  ]);
  expect(said.map((line) => line.replace(/\d+ s$/, 'n s'))).toEqual([
    'the feed does not answer',
    'the feed is back after n s',
    'the feed cannot be read: clock',
    'the feed cannot be read: untrusted',
    'the feed cannot be read: clock',
    'the feed cannot be read: clock: over after n s',
    'the feed cannot be read: untrusted: over after n s',
  ]);
});
