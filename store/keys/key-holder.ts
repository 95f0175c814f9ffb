import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { HeldKeys, LiveKind } from '../../platform/live-keys.ts';
import type { Log } from '../../platform/log.ts';
import { waitingOf } from '../../platform/waiting.ts';

/** Which keys every running process works with, so that a new one is used only where everybody has it. */

export type KeyPart = 'web' | 'worker';

/** How often a process says so while nothing changes, and after what silence it is taken for gone; ms. */
const every = 5_000;
const silent = 20_000;
const unnoted = 'which keys are held is not noted';

/** @returns to be told what this process works with, as often as it likes; `stop` says that it has ended */
export function sayKeys(db: Knex, part: KeyPart, log: Log): { told(held: HeldKeys): void; stop(): Promise<void> } {
  const process = randomUUID();
  const waiting = waitingOf(log);
  let said = '';
  let saidAt = 0;
  let saying: Promise<void> = Promise.resolve();
  return {
    told(held) {
      const text = JSON.stringify(held);
      if (text === said && Date.now() - saidAt < every) return;
      [said, saidAt] = [text, Date.now()];
      saying = note(db, { process, part, held: text }).then(
        () => waiting.worked(unnoted),
        (err: unknown) => {
          said = '';
          waiting.failed(unnoted, err);
        },
      );
    },
    async stop() {
      const gone = saying.then(() => db('key_holder').where({ process }).delete());
      // A stop does not wait for a database that is away: a silent holder counts as gone.
      await Promise.race([gone.catch(() => {}), wait(1_000)]);
    },
  };
}

async function note(db: Knex, row: { process: string; part: KeyPart; held: string }): Promise<void> {
  const seen = { ...row, seen_at: db.fn.now() };
  await db('key_holder').insert(seen).onConflict('process').merge();
  await db('key_holder').whereRaw(`seen_at < now() - interval '1 day'`).delete();
}

export interface KeyHolder {
  part: KeyPart;
  process: string;
  known: string[];
  current: string;
}

/** Who runs now and works with this kind. */
export async function keyHolders(db: Knex, kind: LiveKind): Promise<KeyHolder[]> {
  const rows: { process: string; part: KeyPart; held: HeldKeys }[] = await db('key_holder')
    .whereRaw(`seen_at > now() - ? * interval '1 millisecond'`, [silent])
    .orderBy('part');
  return rows.flatMap(({ process, part, held }) => {
    const of = held[kind];
    if (of) return [{ process, part, ...of }];
    // Both parts hold this kind; one of a release that could not replace it lacks whatever comes.
    return kind === 'index' ? [{ process, part, current: '', known: [] }] : [];
  });
}
