import { hour } from '../domain/time.ts';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { dropWornOut } from '../store/own-data/worn-out.ts';
import type { ActivityDeps } from './deps.ts';

/** Once an hour what is worn out is deleted. Any number of workers may do it. */
export function startTidying({ db }: Pick<ActivityDeps, 'db'>, { log }: { log: Log }): Rounds {
  return startRounds({ every: hour, round: () => dropWornOut(db), failure: 'what is worn out stays for now', log });
}
