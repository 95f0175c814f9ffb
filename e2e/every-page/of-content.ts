import { notices, page } from './look.ts';
import type { World } from './world.ts';

/** What an office keeps up. */
export const ofContent = ({ content, moves }: World) => {
  const top = '/admin/content';
  const row = (kind: string, id: string) => ({ [`${top}/${kind}/:id`]: page('admin', `${top}/${kind}/${id}`) });
  const added = (kind: string) => ({ [`${top}/${kind}/new`]: page('admin', `${top}/${kind}/new`) });
  const list = (kind: string) => ({ [`${top}/${kind}`]: page('admin', `${top}/${kind}`) });
  return {
    [top]: page('admin', top),
    '/admin/policies': page('admin', '/admin/policies'),
    '/admin/policies/:id': page('admin', '/admin/policies/new', `/admin/policies/${content.policy}`),
    '/admin/policies/:id/versions/:version': page('admin', `/admin/policies/${content.policy}/versions/1`),
    '/admin/policies/:id/visits': page('admin', `/admin/policies/${content.policy}/visits`),
    '/admin/policies/:id/moves/:batch': page('admin', `/admin/policies/${content.policy}/moves/${moves}`),
    [`${top}/closed-days`]: page('admin', `${top}/closed-days`),
    [`${top}/calendar`]: page('admin', `${top}/calendar`),
    [`${top}/calendar/:day`]: page('admin', `${top}/calendar/2027-01-01`),
    [`${top}/office-hours`]: page('admin', `${top}/office-hours`),
    [`${top}/university`]: page('admin', `${top}/university`),
    [`${top}/notices/:kind`]: page('admin', ...notices.map((kind) => `${top}/notices/${kind}`)),
    [`${top}/notices/:kind/versions/:version`]: page('admin', `${top}/notices/terms/versions/1`),
    [`${top}/guides/:campus/:kind`]: page('admin', `${top}/guides/${content.campus}/dining`),
    [`${top}/guides/:campus/:kind/versions/:version`]: page(
      'admin',
      `${top}/guides/${content.campus}/dining/versions/1`,
    ),

    ...list('departments'),
    ...list('reasons'),
    ...list('refusal-reasons'),

    ...added('campuses'),
    ...added('reasons'),
    ...added('refusal-reasons'),
    [`${top}/gates/new`]: page('admin', `${top}/gates/new?campus=${content.campus}`),
    [`${top}/enrolments/new`]: page(
      'admin',
      `${top}/enrolments/new?campus=${content.campus}`,
      `${top}/enrolments/new?gate=south`,
    ),
    [`${top}/departments/new`]: page('admin', `${top}/departments/new?campus=${content.campus}`),

    ...row('campuses', content.campus),
    [`${top}/campuses/:id/fees`]: page('admin', `${top}/campuses/${content.campus}/fees`),
    ...row('departments', content.department),

    ...row('reasons', content.reason),
    ...row('refusal-reasons', content.refusalReason),
    ...row('gates', 'south'),
    [`${top}/gates/:id/keys`]: page('admin', `${top}/gates/south/keys`),
  };
};
