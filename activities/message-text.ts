import { messageKinds, saysNews } from '../domain/message-kinds.ts';
import type { SmsText } from '../domain/sms-templates.ts';
import { fullTime, timeRange } from '../domain/time.ts';
import { type Language, type Translate, translator } from '../platform/i18n.ts';
import type { AnnouncedVisit, RefusedRequest } from '../store/messages/announced-visit.ts';
import type { Message } from '../store/messages/message.ts';

/** A message in our own words; each channel's template picks what it has room for. */
export interface ComposedMessage {
  /** visitor, campus, window, from, until, code, status, reason. */
  fields: Record<string, string>;
  sms: SmsText;
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
  const what = refused ? say(`admin.request.${refused.kind}`) : '';
  const news = saysNews(kind) ? say(`message.${kind}.news`, { what }) : '';
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
    sms: { template: entry.sms, campus, window, code, reason, news },
    url: `${publicUrl}${leadsTo(message, visit)}`,
  };
}

function leadsTo({ kind, reservation }: Message, { pass, refused }: AnnouncedVisit): string {
  // A companion who is not of the visit has no other page that tells it.
  if (refused?.kind === 'person_ready') return '/';
  return messageKinds[kind].leadsTo === 'pass' && pass ? `/passes/${pass.id}` : `/reservations/${reservation}`;
}

/** From a list, typed, or both. */
function whyDecided({ reason, revokedFor, refusedFor }: AnnouncedVisit, language: Language): string | undefined {
  const say = translator(language);
  const listed = revokedFor ? say(`revocation.reason.${revokedFor}`) : refusedFor?.[language];
  if (!listed) return reason;
  return reason ? say('revocation.with_text', { reason: listed, text: reason }) : listed;
}

/** The first thing to mend, else the sentence of the refusal. */
const whyRefused = ({ code, fields }: RefusedRequest, say: Translate): string =>
  say(Object.values(fields)[0] ?? `refusal.${code}`);
