import type { Channel } from '../../domain/reservation.ts';
import {
  type AnswerName,
  type AnswerReader,
  answersSeenBy,
  questionLabel,
  questionOf,
  type VisitAnswers,
} from '../../domain/visit-answers.ts';
import type { Translate } from '../../platform/i18n.ts';
import type { InvitationBehind } from '../../store/api/invitation-behind.ts';
import type { Localized } from '../../store/content/content-cache.ts';
import type { Formatting } from '../formatting.ts';
import { answerText } from './answer-text.ts';

/** What a visit is about, line by line, as each page that shows one draws it: `visit-facts.ejs`. */

export interface Fact {
  label: string;
  text: string;
  /** `lines` keeps the ends of lines that were typed; `figures` sets digits in equal widths. */
  look?: 'lines' | 'figures';
  /** Typed text that belongs to it, in its own lines. */
  below?: string;
  /** A remark beside it. */
  badge?: string;
}

export interface ShownVisit {
  channel: Channel;
  from: Date;
  until: Date;
  answers: VisitAnswers;
  /** The department's directory has somebody of the host's name. */
  hostFound?: boolean;
}
/** Names of the rows that the visit points at; undefined where there is none. */
export interface VisitNames {
  campus: Localized | undefined;
  department: Localized | undefined;
  reason: Localized | undefined;
}

type Column = 'channel' | 'campus' | 'department' | 'reason' | 'window';
const order: Record<AnswerReader, readonly Column[]> = {
  visitor: ['channel', 'campus', 'department', 'reason', 'window'],
  approver: ['window', 'campus', 'department', 'reason'],
  admin: ['channel', 'window', 'campus', 'department', 'reason'],
};

export function visitFacts(
  reader: AnswerReader,
  visit: ShownVisit,
  names: VisitNames,
  { t, format }: { t: Translate; format: Formatting },
): Fact[] {
  const own = reader === 'visitor';
  const nameOf = (row: Localized | undefined) => (row ? format.name(row) : '');
  const texts: Record<Column, string> = {
    channel: t(`channel.${visit.channel}`),
    campus: nameOf(names.campus),
    department: nameOf(names.department),
    reason: nameOf(names.reason),
    window: format.shortWindow(visit.from, visit.until),
  };
  const isBelow = (name: AnswerName) => own && questionOf(name).unlabelled === true;
  return order[reader].flatMap((column): Fact[] => {
    const answered = answersSeenBy(reader).filter(
      (name) => questionOf(name).after === column && visit.answers[name] !== undefined,
    );
    const below = answered.filter(isBelow).map((name) => answerText(visit.answers, name, t));
    return [
      {
        label: t(`${own ? 'visit' : 'staff.visit'}.${column}`),
        text: texts[column],
        ...(own && column === 'window' && { look: 'figures' }),
        ...(below.length > 0 && { below: below.join('\n') }),
      },
      ...answered
        .filter((name) => !isBelow(name))
        .map((name): Fact => {
          return {
            label: t(questionLabel(name, reader)),
            text: answerText(visit.answers, name, t),
            ...(questionOf(name).kind === 'lines' && { look: 'lines' }),
            ...(name === 'host' && visit.hostFound && { badge: t('inbox.host_found') }),
          };
        }),
    ];
  });
}

/** For whoever decides: which other system invited, for whom, and to when. Nothing where nobody did. */
export function invitedFact(
  invited: InvitationBehind | undefined,
  { t, format }: { t: Translate; format: Formatting },
): Fact[] {
  if (!invited) return [];
  const { system, host, from, until, forNumber } = invited;
  const by = host === null ? t('staff.invited.by_system', { system }) : t('staff.invited.by_host', { system, host });
  const window = t('staff.invited.to', { window: format.shortWindow(from, until) });
  const badge = forNumber ? { badge: t('staff.invited.for_number') } : {};
  return [{ label: t('staff.invited.title'), text: by, look: 'lines', below: window, ...badge }];
}
