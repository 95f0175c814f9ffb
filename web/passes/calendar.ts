import type { RequestHandler } from 'express';
import ical, { ICalAlarmType } from 'ical-generator';
import { getUniversity } from '../../store/content/content.ts';
import type { WebDeps } from '../deps.ts';
import { suggestedGate } from '../guides/getting-here.ts';
import { destinationOfPass } from '../guides/of-pass.ts';
import { mustSeeLive } from './visible.ts';

/** How long before a visit a calendar reminds, in seconds. */
const remindBefore = 3600;

/**
 * `/passes/:id/visit.ics`: when and where, with a link back to the pass. Calendars travel to other people's servers, so
 * nobody's name and no code stands in it. Instants are UTC: a phone shows them in its own time zone.
 */
export function sendCalendar(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { pass } = await mustSeeLive(deps, req);
    const language = res.locals.lang as 'zh-CN' | 'en';
    const { t } = res.locals;
    const [university, { campus, gates, department }] = await Promise.all([
      getUniversity(deps.db),
      destinationOfPass(deps.db, pass),
    ]);
    const gate = suggestedGate(gates, department);
    const coordinates = gate?.coordinates ?? campus?.coordinates;
    const where = [university.name, campus?.name, gate?.name].flatMap((name) => (name ? [name[language]] : []));
    const url = `${deps.settings.PUBLIC_URL}/passes/${pass.id}`;
    const calendar = ical({ prodId: { company: 'xiaomen', product: 'visit' } });
    calendar
      .createEvent({
        id: `${pass.id}@${new URL(deps.settings.PUBLIC_URL).hostname}`,
        // Calendars take what has a higher number for the newer.
        sequence: pass.version,
        start: pass.from,
        end: pass.until,
        stamp: pass.issuedAt,
        summary: t('pass.calendar_summary', { university: university.name[language] }),
        description: t('pass.calendar_text'),
        location: {
          title: where.join(' · '),
          ...(campus?.address && { address: campus.address[language] }),
          ...(coordinates && { geo: { lat: coordinates.latitude, lon: coordinates.longitude } }),
        },
        url,
      })
      .createAlarm({ type: ICalAlarmType.display, triggerBefore: remindBefore, description: t('passes.hint') });
    res.type('text/calendar').attachment('visit.ics').send(calendar.toString());
  };
}
