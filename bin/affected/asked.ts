import { parseArgs } from 'node:util';
import { isRealDay, parseLocalDateTime, startOfDay } from '../../domain/time.ts';
import { type LiveKind, liveKinds } from '../../platform/live-keys.ts';

/** What `npm run affected` was asked, read from its arguments. Times are Shanghai's. */

export type Asked =
  | { incident: 'gate'; gate: string; since: Date }
  | { incident: 'key'; kind: LiveKind; kid?: string }
  | { incident: 'api'; key: string; since: Date }
  | { incident: 'webhook'; webhook: string; since: Date }
  | { incident: 'copy'; at: Date }
  | { incident: 'staff'; username: string; from: Date; until: Date }
  | { incident: 'visit'; visit: string };

export const usage = `Usage: npm run affected -- gate <gate id> [--since <time>]
       npm run affected -- key <${liveKinds.join('|')}> [<key id>]
       npm run affected -- key gate <gate id> [--since <time>]
       npm run affected -- key api <name or id of the key> --since <time>
       npm run affected -- key webhook <name or id of the web hook> --since <time>
       npm run affected -- copy [--at <time>]
       npm run affected -- staff <user name> --from <time> [--until <time>]
       npm run affected -- visit <visit id>
       with --export <file.csv> for whole names and phones; a time is 2026-11-23 or 2026-11-23T15:00, in Shanghai`;

/** @throws Error with the usage for what cannot be read */
export function readAsked(args: string[]): { asked: Asked; exportTo: string | undefined } {
  const text = { type: 'string' } as const;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { since: text, at: text, from: text, until: text, export: text },
    });
    return { asked: incidentOf(positionals, values), exportTo: values.export };
  } catch (cause) {
    throw new Error(usage, { cause });
  }
}

type Times = {
  since?: string | undefined;
  at?: string | undefined;
  from?: string | undefined;
  until?: string | undefined;
};

function incidentOf([incident, first, second, ...more]: string[], times: Times): Asked {
  if (more.length > 0) throw new Error(usage);
  if (incident === 'gate' && first && !second) return { incident, gate: first, since: timeOf(times.since) };
  if (incident === 'key' && first === 'gate' && second)
    return { incident: 'gate', gate: second, since: timeOf(times.since) };
  if (incident === 'key' && first === 'api' && second && times.since)
    return { incident: 'api', key: second, since: timeOf(times.since) };
  if (incident === 'key' && first === 'webhook' && second && times.since)
    return { incident: 'webhook', webhook: second, since: timeOf(times.since) };
  if (incident === 'key' && isKind(first))
    return { incident, kind: first, ...(second && { kid: kidOf(first, second) }) };
  if (incident === 'copy' && !first) return { incident, at: timeOf(times.at) };
  if (incident === 'staff' && first && !second && times.from)
    return { incident, username: first, from: timeOf(times.from), until: timeOf(times.until) };
  if (incident === 'visit' && first && !second && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(first))
    return { incident, visit: first };
  throw new Error(usage);
}

const isKind = (word: string | undefined): word is LiveKind => (liveKinds as readonly string[]).includes(word ?? '');

/** Of the other kinds nothing tells apart what is under which key. */
function kidOf(kind: LiveKind, kid: string): string {
  if (kind === 'pass' ? /^\d{1,5}$/.test(kid) : kind === 'field' && /^[a-z0-9]{1,16}$/.test(kid)) return kid;
  throw new Error(usage);
}

/** Left out: now. */
function timeOf(text: string | undefined): Date {
  if (text === undefined) return new Date();
  const at = isRealDay(text) ? startOfDay(text) : parseLocalDateTime(text);
  if (!at) throw new Error(usage);
  return at;
}
