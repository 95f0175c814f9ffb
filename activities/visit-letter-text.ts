import type { VisitNews } from '../domain/task-news.ts';
import { fullTime, shortTimeRange } from '../domain/time.ts';
import { type Language, translator } from '../platform/i18n.ts';
import type { StayingVisit } from '../store/office/overstay.ts';
import { letterBody } from './letter-body.ts';
import type { ComposedLetter } from './staff-letter-text.ts';

/** What host and security desk are told of a visit whose people were not seen leaving. */
export function composeVisitNews(
  kind: VisitNews,
  visit: StayingVisit,
  { language, publicUrl }: { language: Language; publicUrl: string },
): ComposedLetter {
  const say = translator(language);
  const called = kind === 'entry_contradicted';
  const url = called ? `${publicUrl}/security` : `${publicUrl}/staff/visits/${visit.id}/departure`;
  const visitor = visit.lead || say('own.erased');
  const campus = visit.campus[language];
  const window = shortTimeRange(visit.from, visit.until);
  const subject = say(`staff_mail.${kind}.subject`, { visitor, time: fullTime(visit.until) });
  const text = say(`staff_mail.${kind}.text`);
  return {
    letter: {
      subject,
      ...letterBody({
        opening: text,
        paragraphs: [
          [
            `${say('staff_mail.visitor')} ${visitor}`,
            `${say('staff_mail.window')} ${window}`,
            `${say('staff_mail.campus')} ${campus}`,
            `${say('staff_mail.visited')} ${visit.department[language]}`,
          ],
        ],
        links: [{ words: say(called ? 'staff_mail.open_desk' : 'staff_mail.open_departure'), to: url }],
        footer: say('staff_mail.footer'),
        settings: `${publicUrl}/staff/me`,
      }),
    },
    fields: { visitor, campus, window, reason: '', status: translator('zh-CN')(`staff_mail.${kind}.status`) },
    url,
    message: {
      title: subject,
      text,
      facts: [
        { name: say('admin.list.visitor'), value: visitor },
        { name: say('admin.list.window'), value: window },
      ],
      open: { words: say('messenger.open'), url },
    },
  };
}
