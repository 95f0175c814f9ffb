import type { RequestKind } from '../../domain/request.ts';
import type { Outcome, Stage } from '../../domain/reservation.ts';
import { fullTime, type Instant, timeRange } from '../../domain/time.ts';
import type { Params, Translate } from '../../platform/i18n.ts';

/** What happens next, who has to act and until when: the one sentence at the top of a reservation's page. */

export interface Situation {
  stage: Stage;
  outcome: Outcome | null;
  /** The visit's window; the standing one where a change waits. */
  from: Instant;
  until: Instant;
  /** When the stage ends by itself. */
  stageUntil: Instant | null;
  /** The department's name in the reader's language. */
  department: string;
  /** What was asked and is not answered yet. */
  pending: RequestKind[];
  /** What was answered, and shows on the page a moment later. */
  behind?: { kind: RequestKind } | null;
  /** How often its department was reminded while it waits, and the rung of the ladder on which it stands. */
  reminded?: { times: number; rung: number };
  /** Another time that waits for the visitor's answer. */
  proposal?: { from: Instant; until: Instant } | undefined;
  /** A change that waits for its approval beside the standing one. */
  change?: { until: Instant } | null;
  /** The people who have no pass yet, and what they lack. */
  missing: { name: string; lacks: string }[];
  /** It came back, was not corrected in time, and expired. */
  uncorrected?: boolean;
  /** Its fee was not paid in time, and it expired. */
  unpaid?: boolean;
  /** When what is due now is to be paid at the latest. */
  payBy?: Instant | undefined;
  /** The person who visits, where the reader of the page booked for them. */
  visitor?: string | undefined;
  /** On which rung of the ladder after the end somebody who was not seen leaving is asked for; 0: on none. */
  overstay?: number;
  /** Where the person who visits was seen last. */
  seen: 'in' | 'out' | undefined;
}

export interface NextStep {
  /** Catalogue key. */
  words: string;
  params: Params;
  /** The person or office that has to act next; `over`: nobody any more. */
  turn: 'visitor' | 'others' | 'over';
  /** Who else has to act; for the sentence's `people`. */
  people?: { name: string; lacks: string }[];
}

export function nextStep(situation: Situation, now: Instant = Date.now()): NextStep {
  const { outcome, pending, stage, behind } = situation;
  if (behind) return { words: `behind.${outcome ?? behind.kind}`, params: {}, turn: outcome ? 'over' : 'others' };
  if (outcome) return { words: `next.${endOf(situation)}`, params: {}, turn: 'over' };
  if (pending.includes('cancel')) return others('cancelling');
  if (pending.includes('submit')) return others('submitting');
  if (pending.some((kind) => waitedFor.includes(kind))) return others('asking');
  if (stage === 'approval') return approval(situation);
  if (stage === 'payment')
    return mine('payment', { time: fullTime(situation.payBy ?? situation.stageUntil ?? situation.from) });
  if (stage === 'visit') return visit(situation, Number(now));
  if (stage === 'pass') return others('pass');
  return returned(situation);
}

function endOf({ outcome, uncorrected, unpaid }: Situation): string {
  if (unpaid) return 'not_paid';
  return uncorrected ? 'not_corrected' : String(outcome);
}

/** Requests of the visitor's own whose answer changes what comes next. */
const waitedFor: RequestKind[] = ['change', 'withdraw_change', 'answer_proposal'];

/** A draft is never shown: in these stages is only what came back. */
function returned({ department, stageUntil }: Situation): NextStep {
  if (stageUntil === null) return mine('returned', { department });
  return mine('returned_until', { department, time: fullTime(stageUntil) });
}

function approval({ proposal, department, stageUntil, from, reminded }: Situation): NextStep {
  const time = fullTime(stageUntil ?? from);
  if (proposal) return mine('proposal', { department, window: timeRange(proposal.from, proposal.until), time });
  return waiting('approval', reminded, { department, time });
}

/** Who else may decide by now is said by office, never by name. */
function waiting(key: string, reminded: Situation['reminded'], params: Params): NextStep {
  const { times, rung } = reminded ?? { times: 0, rung: 0 };
  if (rung >= 3) return others(`${key}_${rung === 3 ? 'head' : 'security'}`, { ...params, count: times });
  return times > 0 ? others(`${key}_reminded`, { ...params, count: times }) : others(key, params);
}

function visit(
  { change, department, from, until, missing, seen, visitor, payBy, overstay = 0 }: Situation,
  now: number,
): NextStep {
  if (now >= Number(until) && overstay > 0)
    return mine(change ? 'overstay_change' : 'overstay', { time: fullTime(until) });
  if (now >= Number(until)) return others('settling');
  const time = fullTime(until);
  // A person who booked for somebody else may sit at home: only the person who visits is told "you".
  const [of, named] = visitor === undefined ? ['', {}] : ['_other', { name: visitor }];
  if (change && payBy) return mine('change_payment', { time: fullTime(payBy) });
  if (change) {
    const waiting = { department, time: fullTime(change.until), until: time };
    return others(seen === 'in' ? `change_inside${of}` : 'change', { ...waiting, ...named });
  }
  if (seen === 'in') return mine(`inside${of}`, { time, ...named });
  if (seen === 'out') return mine(`left${of}`, { time, ...named });
  if (now >= Number(from)) return mine('open', { time });
  if (missing.length > 0) return { ...mine('missing', { time: fullTime(from) }), people: missing };
  return mine('ready', { window: timeRange(from, until) });
}

const mine = (key: string, params: Params = {}): NextStep => ({ words: `next.${key}`, params, turn: 'visitor' });
const others = (key: string, params: Params = {}): NextStep => ({ words: `next.${key}`, params, turn: 'others' });

/** The sentence in the reader's language. */
export function sayNext({ words, params, people }: NextStep, t: Translate): string {
  if (!people) return t(words, params);
  const names = people.map(({ name, lacks }) => t('next.person', { name, lacks: t(`next.lacks.${lacks}`) }));
  return t(words, { ...params, people: names.join(t('next.and')) });
}
