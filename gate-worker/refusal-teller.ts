import { mostRefusals, refusalsKept } from '../domain/gate-refusal.ts';
import type { AnsweredScans } from './answered-scans.ts';
import { askWeb } from './ask-web.ts';
import type { FeedSource } from './fetch-page.ts';

/**
 * Tells `web` of scans that opened nothing, oldest first, in batches. They change no visit: a signal for each would wake its workflow and
 * stay in its history. What was told may be told again; it is recorded once.
 */
export type TellRefusals = (stopping: AbortSignal) => Promise<void>;

/** A batch is marked on the disk before the next one goes; where either fails, the rest waits for the next time. */
export function createRefusalTeller(parts: { source: FeedSource; scans: AnsweredScans }): TellRefusals {
  const { source, scans } = parts;
  return async (stopping) => {
    for (let told = mostRefusals; told === mostRefusals; ) {
      const refused = scans.refusals(mostRefusals);
      told = refused.length;
      if (told === 0) return;
      const body = { scans: refused.map(({ scan }) => scan) };
      const answer = await askWeb(source, { ask: 'refusals', path: 'refusals', shape: refusalsKept }, body, stopping);
      if (!answer || !scans.markRefusalsTold(refused, Date.now())) return;
    }
  };
}
