import { fullTime, timeRange } from '../domain/time.ts';
import { type Language, translator } from '../platform/i18n.ts';
import type { SmsText } from '../platform/sms.ts';
import type { AnnouncedVisit } from '../store/messages/announced-visit.ts';
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
  { kind, reservation }: Message,
  visit: AnnouncedVisit,
  language: Language,
  publicUrl: string,
): ComposedMessage {
  const say = translator(language);
  const campus = visit.campus[language];
  const window = timeRange(visit.from, visit.until);
  const code = visit.pass?.code ?? '';
  const why = withoutReason(kind, visit);
  const reason = visit.reason ?? (why ? say(`message.${why}`) : '');
  const news = hasNews(kind) ? say(`message.news_${kind}`) : '';
  const opensPass = passKinds.has(kind);
  return {
    fields: {
      visitor: visit.visitorName,
      campus,
      window,
      from: fullTime(visit.from),
      until: fullTime(visit.until),
      code,
      // WeChat's field for a status takes Chinese characters only.
      status: translator('zh-CN')(`message.status_${kind}`),
      reason,
    },
    sms: smsText(kind, { campus, window, code, reason, news }),
    url: opensPass && visit.pass ? `${publicUrl}/passes/${visit.pass.id}` : `${publicUrl}/reservations/${reservation}`,
  };
}

/** Kinds that lead to a pass, the reader's own or one they look after. */
const passKinds = new Set<Message['kind']>(['approved', 'code', 'person_ready', 'pass_opened']);

/** Why, where nobody typed anything. */
function withoutReason(kind: Message['kind'], { returned }: AnnouncedVisit): string | undefined {
  if (kind === 'change_refused') return 'reason_change_lapsed';
  if (kind === 'expired') return returned ? 'reason_not_corrected' : 'reason_expired';
  return undefined;
}

const hasNews = (kind: Message['kind']): boolean =>
  kind === 'changed' || kind === 'change_refused' || kind === 'person_ready';

function smsText(
  kind: Message['kind'],
  values: { campus: string; window: string; code: string; reason: string; news: string },
): SmsText {
  const { campus, window, code, reason, news } = values;
  switch (kind) {
    case 'approved':
    case 'code':
      return { template: 'approved', campus, window, code };
    case 'rejected':
    case 'expired':
      return { template: 'refused', campus, window, reason };
    case 'cancelled':
      return { template: 'cancelled', campus, window };
    case 'returned':
      return { template: 'returned', campus, window, reason };
    case 'proposed':
      return { template: 'proposed', campus, window };
    case 'changed':
    case 'change_refused':
    case 'person_ready':
      return { template: 'changed', campus, window, news };
    case 'pass_opened':
      return { template: 'opened', campus, window };
  }
}
