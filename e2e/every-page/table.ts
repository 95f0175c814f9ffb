import { file, type Look, no, notices, onward, page, piece } from './look.ts';
import { ofContent } from './of-content.ts';
import type { World } from './world.ts';

/** Answered to machines, each tried where its partner is: gates, WeChat, the university's directory and other systems, the engine's own Web UI. */
export const machines = [
  '/gates/:id/feed',
  '/wechat/callback',
  '/messengers/',
  '/admin/temporal',
  '/scim/v2',
  '/api/v1',
];

/** Every pattern with the addresses that are tried of it. A pattern that is missing here fails the test. */
export const lookAt = (world: World): Record<string, Look[]> => ({
  ...ofEverybody,
  ...ofReservations(world),
  ...ofPasses(world),
  ...ofCompanions(world),
  ...ofAccounts,
  ...ofOwnData(world),
  ...ofStaff(world),
  ...ofContent(world),
});

const topics = ['must-read', 'getting-here', 'screen-casting', 'dining'];

const ofEverybody = {
  '/': [
    ...page('visitor', '/'),
    ...page('stranger', '/'),
    ...onward('anybody', '/', '/register'),
    ...onward('newcomer', '/', '/consent'),
  ],
  '/register': page('anybody', '/register', '/register?return=%2Freservations'),
  '/register/earlier': page('idle', '/register/earlier'),
  '/consent': page('newcomer', '/consent'),
  '/consent/refused': page('newcomer', '/consent/refused'),
  '/privacy': page('anybody', '/privacy'),
  '/api': page('anybody', '/api'),
  '/notice': page('anybody', '/notice'),
  '/notices/:kind/:version': page('anybody', ...notices.map((kind) => `/notices/${kind}/1`)),
  '/guide/:topic': page('anybody', ...topics.map((topic) => `/guide/${topic}`)),
  '/guide/:topic/part': topics.flatMap((topic) => piece('anybody', `/guide/${topic}/part`)),
  '/assets/:name': no(file('anybody', '/assets/nothing.000000000000.css'), 404),
  '/logo/:name': no(file('anybody', '/logo/nothing.svg'), 404),
  '/wechat/oauth': onward('anybody', '/wechat/oauth', 'http'),
  '/wechat/binding': page('fromWechat', '/wechat/binding'),
};

const ofReservations = ({ approved, waiting, returned, closed, along, staying, book, payment }: World) => {
  const { unpaid, order, paid } = payment;
  const own = [approved.reservation, waiting.reservation, unpaid, returned, ...closed, along, staying];
  const forms = ['channel=personal', 'channel=official', `channel=personal&party=${book.party}`];
  return {
    '/reservations': [
      ...page('visitor', '/reservations'),
      ...page('stranger', '/reservations'),
      ...onward('newcomer', '/reservations', '/consent'),
    ],
    '/reservations/new': [
      ...page('visitor', ...forms.map((query) => `/reservations/new?${query}`)),
      ...page('stranger', '/reservations/new?channel=personal'),
      ...page('visitor', `/reservations/new?channel=personal&returned=${returned}`),
      ...page('visitor', `/reservations/new?channel=personal&copy=${closed[0]}`),
    ],
    '/reservations/:id': [
      ...page('visitor', ...own.map((id) => `/reservations/${id}`)),
      ...no(page('visitor', '/reservations/nothing'), 404),
    ],
    '/reservations/:id/progress': own.flatMap((id) => piece('visitor', `/reservations/${id}/progress`)),
    '/reservations/:id/changes': page('visitor', `/reservations/${approved.reservation}/changes`),
    '/reservations/:id/payment': [
      ...page('visitor', `/reservations/${unpaid}/payment`, `/reservations/${paid}/payment`),
      ...no(page('visitor', `/reservations/${approved.reservation}/payment`), 404),
      ...no(page('stranger', `/reservations/${unpaid}/payment`), 404),
    ],
    '/reservations/:id/payment/orders/:order': page('visitor', `/reservations/${unpaid}/payment/orders/${order}`),
    '/reservations/:id/payment/receipt': [
      ...page('visitor', `/reservations/${paid}/payment/receipt`),
      ...no(page('visitor', `/reservations/${unpaid}/payment/receipt`), 404),
    ],
    '/reservations/:id/extension': page('visitor', `/reservations/${approved.reservation}/extension`),
  };
};

const ofPasses = ({ approved: { pass } }: World) => ({
  // A visitor who has one pass is led to it.
  '/passes': [...onward('visitor', '/passes', `/passes/${pass}`), ...page('stranger', '/passes')],
  '/passes/:id': [
    ...page('visitor', `/passes/${pass}`, ...topics.map((tab) => `/passes/${pass}?tab=${tab}`)),
    // The page that asks for the code, for a person who has only the link.
    ...page('anybody', `/passes/${pass}`),
  ],
  '/passes/:id/qr': piece('visitor', `/passes/${pass}/qr`),
  '/passes/:id/guide': topics.flatMap((tab) => piece('visitor', `/passes/${pass}/guide?tab=${tab}`)),
  '/passes/:id/print': page('visitor', `/passes/${pass}/print`),
  '/passes/:id/image.png': file('visitor', `/passes/${pass}/image.png`),
  '/passes/:id/visit.ics': file('visitor', `/passes/${pass}/visit.ics`),
});

const ofCompanions = ({ book: { party, ...book } }: World) => ({
  '/companions': [...page('visitor', '/companions', `/companions?party=${party}`), ...page('stranger', '/companions')],
  '/companions/group': page('visitor', `/companions/group?party=${book.group}`),
  '/companions/group/template.xlsx': file('visitor', '/companions/group/template.xlsx'),
  '/companions/new': page('visitor', '/companions/new', `/companions/new?party=${party}`),
  '/companions/:id': [
    ...page('visitor', `/companions/${book.grandmother}`, `/companions/${book.child}`),
    ...onward('visitor', `/companions/${book.invited}`, `/companions/${book.invited}/invitation`),
  ],
  '/companions/invitations/new': page('visitor', '/companions/invitations/new'),
  '/companions/:id/invitation': page('visitor', `/companions/${book.invited}/invitation`),
  '/join': [...page('invited', '/join'), ...no(page('anybody', '/join'), 404)],
  '/join/:token': no(page('anybody', `/join/${'a'.repeat(32)}`), 404),
  '/invitation': no(page('visitor', '/invitation'), 404),
  '/invitations/:token': no(page('anybody', `/invitations/${'a'.repeat(43)}`), 404),
  '/guardians/new': page('visitor', `/guardians/new?for=${book.child}`),
});

const ofAccounts = {
  '/profile': [...page('visitor', '/profile'), ...onward('newcomer', '/profile', '/consent')],
  '/profile/plates': page('visitor', '/profile/plates'),
  '/profile/photos': page('visitor', '/profile/photos'),
  '/profile/photos/:kind': file('visitor', '/profile/photos/document'),
  '/account': page('visitor', '/account'),
  '/account/phone': page('visitor', '/account/phone'),
  '/account/recovery': page('visitor', '/account/recovery'),
};

const ofOwnData = ({ erasure }: World) => ({
  '/my-data': [...page('visitor', '/my-data', '/my-data?withdrawn=face'), ...page('newcomer', '/my-data')],
  '/my-data/export': page('visitor', '/my-data/export'),
  // A running visit stands in the way of the first.
  '/my-data/erasure': [...page('visitor', '/my-data/erasure'), ...page('stranger', '/my-data/erasure')],
  '/held-by-others': page('anybody', '/held-by-others'),
  '/held-by-others/requests/new': page('anybody', '/held-by-others/requests/new'),
  '/erasures/:id': page('anybody', `/erasures/${erasure}`),
  '/erasures/:id/proof': file('anybody', `/erasures/${erasure}/proof`),
});

const ofStaff = ({ approved, waiting, returned, closed, staying, evacuation, photo, staff, webhook }: World) => ({
  '/staff': [
    ...onward('approver', '/staff', '/inbox'),
    ...onward('admin', '/staff', '/admin/reservations'),
    ...onward('security', '/staff', '/security'),
    ...onward('auditor', '/staff', '/admin/reservations'),
  ],
  '/staff/login': page('anybody', '/staff/login', '/staff/login?signed-out'),
  '/staff/login/code': [
    ...page('halfway', '/staff/login/code'),
    ...onward('anybody', '/staff/login/code', '/staff/login'),
  ],
  '/staff/forgotten': page('anybody', '/staff/forgotten', '/staff/forgotten?asked'),
  '/staff/links/:token': no(page('anybody', `/staff/links/${'a'.repeat(43)}`), 404),
  '/staff/password': [...page('beginner', '/staff/password'), ...page('approver', '/staff/password')],
  '/staff/sessions': page('approver', '/staff/sessions'),
  '/staff/second-factor': [...page('approver', '/staff/second-factor'), ...page('enrolling', '/staff/second-factor')],
  '/staff/identities': page('approver', '/staff/identities'),
  '/staff/wechat': onward('approver', '/staff/wechat', 'http'),
  '/staff/wechat/code': page('approver', '/staff/wechat/code'),
  '/staff/wechat/code/news': no(piece('approver', '/staff/wechat/code/news'), 204),
  '/staff/wechat/codes/:token': no(page('anybody', `/staff/wechat/codes/${'a'.repeat(43)}`), 404),
  '/staff/wechat/phone': no(page('anybody', '/staff/wechat/phone'), 404),
  '/staff/standing-in': page('approver', '/staff/standing-in', '/staff/standing-in?saved=ended'),
  '/staff/me': page('approver', '/staff/me', '/staff/me?saved'),
  '/staff/me/messengers/:messenger': [
    ...page('approver', '/staff/me/messengers/wecom'),
    ...no(page('approver', '/staff/me/messengers/mail'), 404),
  ],
  '/t/:token': [...page('anybody', `/t/${waiting.link}`), ...no(page('anybody', `/t/${'a'.repeat(43)}`), 404)],
  '/inbox': [
    ...page('approver', '/inbox', '/inbox?tab=done', '/inbox?tab=mine&sort=newest'),
    ...onward('anybody', '/inbox', '/staff/login'),
  ],
  '/inbox/news': piece('approver', '/inbox/news'),
  '/inbox/:taskId': page('approver', `/inbox/${waiting.task}`, `/inbox/${approved.task}`),
  '/inbox/:taskId/photos/:id': file('approver', `/inbox/${waiting.task}/photos/${photo}`),
  '/staff/visits/:id/evidence': page('auditor', `/staff/visits/${approved.reservation}/evidence`),
  '/staff/visits/:id/departure': [
    ...page('security', `/staff/visits/${staying}/departure`, `/staff/visits/${approved.reservation}/departure`),
    ...no(page('auditor', `/staff/visits/${staying}/departure`), 404),
  ],
  '/security': page('security', '/security'),
  '/security/emergencies': page('security', '/security/emergencies'),
  '/security/inside': page('security', '/security/inside'),
  '/security/evacuations/:id': [
    ...page('security', `/security/evacuations/${evacuation}`),
    ...no(page('security', '/security/evacuations/nothing'), 404),
  ],
  '/security/visits/:id': page('security', `/security/visits/${approved.reservation}`),
  '/admin/audit': page('auditor', '/admin/audit'),
  '/admin': onward('admin', '/admin', '/admin/reservations'),
  '/admin/reservations': page('admin', '/admin/reservations'),
  '/admin/reservations/:id': page(
    'admin',
    ...[approved.reservation, waiting.reservation, returned, ...closed].map((id) => `/admin/reservations/${id}`),
  ),
  '/admin/staff': page('admin', '/admin/staff', '/admin/staff?state=left'),
  '/admin/api-keys': page('admin', '/admin/api-keys'),
  '/admin/staff/scim': page('admin', '/admin/staff/scim'),
  '/admin/webhooks': page('admin', '/admin/webhooks'),
  '/admin/webhooks/:id': page('admin', `/admin/webhooks/${webhook}`),
  '/admin/staff/new': page('admin', '/admin/staff/new'),
  '/admin/staff/imports': page('admin', '/admin/staff/imports'),
  '/admin/staff/imports/template.xlsx': file('admin', '/admin/staff/imports/template.xlsx'),
  '/admin/staff/:id/standing-in': page('admin', ...staff.map((id) => `/admin/staff/${id}/standing-in`)),
  '/admin/staff/:id': page('admin', ...staff.map((id) => `/admin/staff/${id}`)),
  '/admin/recoveries': page('admin', '/admin/recoveries'),
  '/admin/data-requests': page('admin', '/admin/data-requests'),
  '/admin/faults': page('admin', '/admin/faults'),
  '/admin/payments': page('admin', '/admin/payments'),
});
