import { fullTime, timeRange } from '../domain/time.ts';
import { type Language, translator } from '../platform/i18n.ts';
import type { SmsText } from '../platform/sms.ts';
import type { AnnouncedVisit } from '../store/announced-visit.ts';
import type { Message } from '../store/message.ts';

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
  const reason = visit.reason ?? (kind === 'expired' ? say('message.reason_expired') : '');
  const opensPass = kind === 'approved' || kind === 'code';
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
    sms: smsText(kind, { campus, window, code, reason }),
    url: opensPass && visit.pass ? `${publicUrl}/passes/${visit.pass.id}` : `${publicUrl}/reservations/${reservation}`,
  };
}

function smsText(
  kind: Message['kind'],
  { campus, window, code, reason }: { campus: string; window: string; code: string; reason: string },
): SmsText {
  switch (kind) {
    case 'approved':
    case 'code':
      return { template: 'approved', campus, window, code };
    case 'rejected':
    case 'expired':
      return { template: 'refused', campus, window, reason };
    case 'cancelled':
      return { template: 'cancelled', campus, window };
  }
}
