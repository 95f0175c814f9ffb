import { randomUUID } from 'node:crypto';
import { createLog } from '../../platform/log.ts';
import type { Judge } from '../answer-scan.ts';
import { createAnsweredScans } from '../answered-scans.ts';
import { createClock } from '../clock.ts';
import { createDisk } from '../disk.ts';
import { createEnteredElsewhere } from '../entered-elsewhere.ts';
import { createKnownPasses } from '../known-passes.ts';
import type { Ledger } from '../ledger.ts';
import type { LocalKeys } from '../local-keys.ts';
import { createPosition } from '../position.ts';
import { trustKeys } from '../trusted-keys.ts';

/** All that decides at a gate of campus 1 that has read its whole, empty feed; nothing is forwarded. */
export function aJudge(
  ledger: Ledger,
  of: { local: LocalKeys; trust: Parameters<typeof trustKeys>[0]; exitsRecorded?: boolean },
): Judge {
  const disk = createDisk(createLog('test', 'silent'));
  const position = createPosition(ledger);
  const names = { 'zh-CN': '南门', en: 'South Gate' };
  const { exitsRecorded = false } = of;
  position.move({
    gate: 'south',
    asked: 0,
    from: 0,
    through: 0,
    head: 0,
    epoch: randomUUID(),
    fromMark: null,
    throughMark: randomUUID(),
    place: { campus: 1, number: 0, exitsRecorded, campusName: names, gateName: names },
    rows: [],
  });
  position.refresh();
  return {
    position,
    disk,
    clock: createClock(),
    passes: createKnownPasses(ledger, of.local),
    scans: createAnsweredScans(ledger, of.local, 'south', disk),
    elsewhere: createEnteredElsewhere(),
    trusted: trustKeys(of.trust),
    answered: () => undefined,
    annulled: () => undefined,
  };
}
