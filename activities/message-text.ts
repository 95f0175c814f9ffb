import { markLabel } from '../domain/marked-field.ts';
import { messageKinds } from '../domain/message-kinds.ts';
import { isForeignPhone } from '../domain/phone.ts';
import { fitValue, type SmsText } from '../domain/sms-templates.ts';
import { clockTime, dayAndMonth, fullTime, timeRange } from '../domain/time.ts';
import { type Language, type Translate, translator } from '../platform/i18n.ts';
import type { AnnouncedVisit, RefusedRequest } from '../store/messages/announced-visit.ts';
import type { Message } from '../store/messages/message.ts';

/** A message in our own words; each channel's template picks what it has room for. */
export interface ComposedMessage {
  /** visitor, campus, window, from, until, code, status, reason. */
  fields: Record<string, string>;
  /** Where 查看详情 leads; holds ids only. */
  url: string;
}

export function composeMessage(
  message: Message,
  visit: AnnouncedVisit,
  language: Language,
  publicUrl: string,
): ComposedMessage {
  const { kind } = message;
  const say = translator(language);
  const campus = visit.campus[language];
  const window = timeRange(visit.from, visit.until);
  const code = visit.pass?.code ?? '';
  const entry = messageKinds[kind];
  const why = entry.reasonOf?.(visit);
  const { refused } = visit;
  const reason = refused
    ? whyRefused(refused, say)
    : (whyDecided(visit, language) ?? (why ? say(`message.reason.${why}`) : ''));
  return {
    fields: {
      visitor: visit.visitorName,
      campus,
      window,
      from: fullTime(visit.from),
      until: fullTime(visit.until),
      code,
      // WeChat's field for a status takes Chinese characters only.
      status: translator('zh-CN')(`message.${kind}.status`),
      reason,
    },
    url: `${publicUrl}${leadsTo(message, visit)}`,
  };
}

/**
 * The same as a text message. The provider approved its words and their language: Chinese in the mainland, English elsewhere.
 * Its values are short enough for the provider, in whichever way a name or a time is written on the page.
 */
export function composeText({ kind }: Message, visit: AnnouncedVisit, phone: string): SmsText {
  const side = isForeignPhone(phone) ? 'abroad' : 'mainland';
  const language = side === 'abroad' ? 'en' : 'zh-CN';
  return {
    template: messageKinds[kind].sms,
    campus: fitValue(visit.campus[language], side),
    day: dayAndMonth(visit.from, language),
    clock: clockTime(visit.from),
    last_day: dayAndMonth(visit.until, language),
    last_clock: clockTime(visit.until),
    code: visit.pass?.code ?? '',
    status: translator(language)(`message.${kind}.status`),
  };
}

function leadsTo({ kind, reservation }: Message, { pass, refused }: AnnouncedVisit): string {
  // A companion who is not of the visit has no other page that tells it.
  if (refused?.kind === 'person_ready') return '/';
  return messageKinds[kind].leadsTo === 'pass' && pass ? `/passes/${pass.id}` : `/reservations/${reservation}`;
}

/** From a list, typed, or both; with what is to be corrected. */
function whyDecided(
  { reason, revokedFor, refusedFor, marked }: AnnouncedVisit,
  language: Language,
): string | undefined {
  const say = translator(language);
  if (marked) {
    const fields = marked.map((field) => say(markLabel(field))).join(say('marked.and'));
    return say('marked.told', { list: say('marked.list', { fields }), text: reason ?? '' });
  }
  const listed = revokedFor ? say(`revocation.reason.${revokedFor}`) : refusedFor?.[language];
  if (!listed) return reason;
  return reason ? say('revocation.with_text', { reason: listed, text: reason }) : listed;
}

/** The first thing to mend, else the sentence of the refusal. */
const whyRefused = ({ code, fields }: RefusedRequest, say: Translate): string =>
  say(Object.values(fields)[0] ?? `refusal.${code}`);
