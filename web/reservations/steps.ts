import { findGivenReason, type GivenReason } from '../../store/approval/decision.ts';
import type { Gate } from '../../store/content/content.ts';
import type { Localized } from '../../store/content/content-cache.ts';
import type { TimelineLine } from '../../store/reservations/timeline.ts';
import type { WebDeps } from '../deps.ts';

/** A timeline's line as the page draws it. */
export interface Step {
  /** Catalogue key. */
  words: string;
  at: Date;
  bad: boolean;
  /** A gate's name, an approver's words. */
  detail: { gate?: { name: Localized } } & GivenReason;
  late: boolean;
}

/** The workflow's first steps belong to the account, not to this visit; by which version it is decided is the office's. */
const untold = ['registered', 'ready', 'policy_moved', 'payment_lapsed'];
export const told = ({ kind }: TimelineLine): boolean => !untold.includes(kind);

/** Lines whose reference is a decision, with words of the approver's. */
const explained = [
  'rejected',
  'returned',
  'proposed',
  'change_refused',
  'revoked',
  'person_revoked',
  'decision_withdrawn',
];
const bad = [
  'rejected',
  'cancelled',
  'expired',
  'revoked',
  'person_revoked',
  'no_show',
  'not_admitted',
  'message_failed',
  'abandoned',
  'returned',
  'change_not_admitted',
  'change_refused',
  'change_lapsed',
  'decision_withdrawn',
];

/** A request that was returned and not corrected in time expires too, and then no department was late. */
export const isUncorrected = ({ kind, actor }: TimelineLine): boolean => kind === 'expired' && actor.id === 'draft';

/** Nor was it where the fee was not paid in time. */
export const isUnpaid = ({ kind, actor }: TimelineLine): boolean => kind === 'expired' && actor.id === 'payment';

/** Catalogue key. */
export function wordsOf(line: TimelineLine): string {
  if (isUnpaid(line)) return 'timeline.not_paid';
  return `timeline.${isUncorrected(line) ? 'not_corrected' : line.kind}`;
}

export async function readSteps(
  { db, cipher }: Pick<WebDeps, 'db' | 'cipher'>,
  lines: TimelineLine[],
  gates: Gate[],
): Promise<Step[]> {
  return Promise.all(
    lines.map(async (line): Promise<Step> => {
      const { kind, actor, reference, at, late } = line;
      const gate = actor.kind === 'gate' ? gates.find(({ id }) => id === actor.id) : undefined;
      const given = explained.includes(kind) && reference ? await findGivenReason(db, cipher, reference) : {};
      return {
        words: kind === 'returned_to_step' ? 'timeline.still_deciding' : wordsOf(line),
        at,
        late,
        bad: bad.includes(kind),
        detail: { ...(gate && { gate }), ...given },
      };
    }),
  );
}
