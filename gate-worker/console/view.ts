import { randomUUID } from 'node:crypto';
import { emergencyKinds } from '../../domain/gate-emergency.ts';
import { handReasons } from '../../domain/hand-entry.ts';
import { clockTime } from '../../domain/time.ts';
import type { Judge } from '../answer-scan.ts';
import { overrulable } from '../let-in.ts';
import { noteSentences } from '../notes.ts';
import { begunAnewLately } from '../position.ts';
import type { Answered } from '../scan.ts';
import { sentences } from '../scan-routes.ts';

/** What the checking page shows. */

const lastScans = 8;

export const blank = (judge: Judge) => {
  const { position, disk, scans, clock } = judge;
  return {
    nonce: randomUUID(),
    direction: 'in',
    credential: '',
    answer: undefined as ReturnType<typeof answerView> | undefined,
    fault: undefined as string | undefined,
    handReasons,
    emergencyKinds,
    emergencyId: randomUUID(),
    emergency: undefined as string | undefined,
    warnings: [
      ...warningsOf(position),
      ...(clock.isWrong() ? ['console.clock'] : []),
      ...(disk.isFailing() ? ['note.unwritten'] : []),
      ...(disk.lost() > 0 ? ['console.lost'] : []),
    ],
    exitsRecorded: position.place()?.exitsRecorded ?? false,
    latest: scans.latest(lastScans).map((scan) => ({ ...scan, time: clockTime(scan.at) })),
  };
};

/** How an answer is shown. */
export interface Shown {
  /** What was typed stays, for the document to be typed beside it. */
  again?: boolean;
  /** Of this check: a guard may overrule its refusal. */
  nonce: string;
}

export const answerView = (answered: Answered, judge: Judge, { again = false, nonce }: Shown) => ({
  ...answered,
  notes: answered.notes.map((note) => noteSentences(note, judge.position.place())),
  again,
  // Whether a form to let in by hand stands below, and of which check.
  overrule: overrulable({ device: 'console', nonce }, judge) ? { of: nonce, nonce: randomUUID() } : undefined,
  sentences: sentences(answered.reason),
});

/** What stands above everything until it is over: keys of sentences. */
export const warningsOf = (position: Judge['position'], now = Date.now()): string[] => [
  ...(position.caughtUp() ? [] : ['note.catching_up']),
  ...(position.hasForgotten() ? ['console.forgotten'] : []),
  ...(begunAnewLately(position, now) ? ['console.feed_anew'] : []),
];
