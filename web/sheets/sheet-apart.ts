import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { SheetShape } from './headings.ts';
import { readSheet, type SheetRead } from './sheet.ts';

/**
 * A spreadsheet is somebody else's program for a parser of many formats: it is read in a thread of its own, with so much
 * memory and so much time, and no page waits for what it does there.
 */
const patience = 10_000;
const memory = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };
/** Threads at once; further sheets wait for their turn. */
const mostAtOnce = 2;

let reading = 0;
const waiting: (() => void)[] = [];

export async function readSheetApart<Column extends string>(
  bytes: Buffer,
  shape: SheetShape<Column>,
): Promise<SheetRead<Column>> {
  if (reading >= mostAtOnce) await new Promise<void>((turn) => waiting.push(turn));
  else reading += 1;
  try {
    return await readIn(new Worker(new URL(import.meta.url), { workerData: { bytes, shape }, resourceLimits: memory }));
  } finally {
    const next = waiting.shift();
    if (next) next();
    else reading -= 1;
  }
}

async function readIn<Column extends string>(thread: Worker): Promise<SheetRead<Column>> {
  const clock = setTimeout(() => thread.terminate(), patience);
  try {
    return await new Promise<SheetRead<Column>>((resolve) => {
      const unreadable = () => resolve({ ok: false, problem: 'field.sheet_unreadable' });
      thread.once('message', resolve).once('error', unreadable).once('exit', unreadable);
    });
  } finally {
    clearTimeout(clock);
    await thread.terminate();
  }
}

if (!isMainThread && workerData?.bytes instanceof Uint8Array) {
  parentPort?.postMessage(readSheet(Buffer.from(workerData.bytes), workerData.shape));
}
