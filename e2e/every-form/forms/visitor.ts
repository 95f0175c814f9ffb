import { aDocument, forgetTries } from '../../../testing/bad-input/ground.ts';
import { noise } from '../../../testing/photographs.ts';
import { newestCode, VisitorBrowser } from '../../../testing/visitor-browser.ts';
import type { Entry } from '../entry.ts';
import {
  boundToWechat,
  choosing,
  forGuardian,
  guardianAgrees,
  heldByAnother,
  joining,
  memberOfBook,
  phoneChanged,
  somebodyAt,
  takenOut,
  withCode,
  withPlates,
} from '../grounds/visitors.ts';
import { askedToLeave, changed, commented, goingAlong, passByCode, proposed, visitAt } from '../grounds/visits.ts';
import type { FileGiven, FormKey } from '../sending.ts';

/** Forms of visitors. */

const photo: FileGiven = { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(await noise(400, 500)) };
const wrongSheet: FileGiven = {
  name: 'people.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from('姓名,手机号,证件类型,证件号\n周奶奶,,身份证,12'),
};
const sheet: FileGiven = {
  name: 'people.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(`姓名,手机号,证件类型,证件号\n周奶奶,,身份证,${aDocument()}`),
};

export const ofEverybody: Record<FormKey, Entry> = {
  'post /profile/plates/removal': { ends: '/profile/plates', at: withPlates },
  'post /profile/plates/usual': { ends: '/profile/plates', at: withPlates },
  'post /account/wechat/unbinding': { ends: '/account', at: boundToWechat },
  'post /account/wechat/messages': { ends: '/account', at: boundToWechat },
  'post /care': { ends: '/' },
  'post /language': { ends: '/' },
  'post /sign-out': { ends: '/register', at: somebodyAt('/') },
  'post /register': {
    ends: '/consent',
    at: async (system) => {
      const visitor = new VisitorBrowser(system);
      await forgetTries(system);
      const code = await visitor.askForCode();
      return { agent: visitor.agent, path: '/register', fill: { phone: visitor.phone, code, agree: 'on' } };
    },
  },
  'post /register/code': { ends: '/register/code', draws: true },
  'post /register/earlier': { ends: '/', fill: { document_tail: '019029' } },
  'post /consent': { ends: '/profile' },
  'post /wechat/binding': { ends: '/consent' },
  'post /profile': { ends: '/' },
  'post /profile/plates': { ends: '/profile/plates', fill: { plate: '冀B54321' } },
  'post /profile/photos/:kind': { ends: '/profile/photos', fill: { photo } },
  'post /profile/photos/:kind/removal': { ends: '/profile/photos' },
  'post /account/phone': { ends: '/account', at: phoneChanged },
  'post /account/phone/codes': { ends: '/account/phone/codes', draws: true },
  'post /account/recovery': { ends: '/account' },
  'post /my-data/consents/:id/withdrawal': { ends: '/my-data' },
  'post /my-data/export': {
    ends: '/my-data/export',
    draws: true,
    at: withCode('/my-data/export', ['/account/codes', { purpose: 'export', back: '/my-data/export' }]),
  },
  'post /account/codes': { ends: '/my-data/export' },
  'post /my-data/erasure': {
    ends: '/erasures/:id',
    at: withCode('/my-data/erasure', ['/account/codes', { purpose: 'erase', back: '/my-data/erasure' }], {
      agree: 'on',
    }),
  },
  'post /held-by-others': {
    ends: '/held-by-others',
    at: async (system) => {
      const visitor = new VisitorBrowser(system);
      await forgetTries(system);
      await visitor.post('/held-by-others/code', { phone: visitor.phone });
      return {
        agent: visitor.agent,
        path: '/held-by-others',
        fill: { phone: visitor.phone, code: await newestCode(system, visitor.phone) },
      };
    },
  },
  'post /held-by-others/code': { ends: '/held-by-others/code', draws: true },
  'post /held-by-others/deletion': { ends: '/held-by-others', at: heldByAnother, fill: { agree: 'on' } },
  'post /held-by-others/correction': { ends: '/held-by-others', at: heldByAnother },
  'post /held-by-others/requests': { ends: '/held-by-others/requests/new', fill: { kind: 'copy' } },
};

export const ofVisits: Record<FormKey, Entry> = {
  'post /reservations/:id/payment/orders': { ends: '/reservations/:id/payment/orders/:id' },
  'post /reservations': { ends: '/reservations/:id' },
  'post /reservations/new': { ends: '/reservations/new', draws: true },
  'post /reservations/:id/cancellation': { ends: '/reservations/:id', at: visitAt() },
  'post /reservations/:id/proposal-answer': {
    ends: '/reservations/:id',
    at: visitAt('', 'waiting', proposed),
    button: 'button[value=refuse]',
  },
  'post /reservations/:id/departure': { ends: '/reservations', at: goingAlong },
  'post /reservations/:id/changes': {
    ends: '/reservations/:id',
    at: visitAt('/changes'),
    fill: { until_time: '13:00' },
  },
  'post /reservations/:id/changes/companions': { ends: '/companions' },
  'post /passes/:id/opening': { ends: '/passes/:id', at: passByCode },
  // Nobody stayed on: the answer is the page that says so.
  'post /reservations/:id/exits': {
    ends: '/reservations/:id/exits',
    answers: 409,
    at: visitAt('', 'approved', askedToLeave),
  },
  'post /reservations/:id/nudges': { ends: '/reservations/:id', at: visitAt() },
  'post /reservations/:id/changes/withdrawal': { ends: '/reservations/:id', at: visitAt('', 'approved', changed) },
  'post /reservations/:id/comments/:comment/answers': {
    ends: '/reservations/:id',
    at: visitAt('', 'waiting', commented),
    fill: { answer: '好的' },
  },
};

export const ofBook: Record<FormKey, Entry> = {
  'post /companions/:id/restoration': { ends: '/companions', at: takenOut },
  'post /companions/selection': { ends: '/profile/photos' },
  'post /companions/choice': { ends: '/reservations/new', at: choosing, button: 'button[value=confirm]' },
  'post /companions/search': { ends: '/companions/search', draws: true },
  'post /companions/group/marked': {
    ends: '/companions/group',
    draws: true,
    first: { key: 'post /companions/group', fill: { sheet: wrongSheet, declared: 'on' } },
  },
  'post /companions/group': { ends: '/reservations/new', fill: { sheet, declared: 'on' } },
  'post /companions': { ends: '/companions', fill: { declared: 'on' } },
  'post /companions/:id': { ends: '/companions', fill: { declared: 'on' } },
  'post /companions/:id/removal': { ends: '/companions' },
  'post /companions/invitations': { ends: '/companions/:id/invitation' },
  'post /companions/:id/invitation': { ends: '/companions/:id/invitation' },
  'post /companions/:id/invitation/revocation': { ends: '/companions/:id/invitation' },
  'post /guardians': { ends: '/companions', at: guardianAgrees },
  'post /guardians/code': { ends: '/guardians/code', draws: true, at: forGuardian },
  'post /join': { ends: '/join', draws: true, at: joining },
  'post /companions/memberships/:id/withdrawal': { ends: '/companions', at: memberOfBook },
};
