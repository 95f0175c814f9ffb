import { randomUUID } from 'node:crypto';
import { readVisitCode } from '../../store/passes/visit-code.ts';
import { bindOpenid } from '../../store/people/visitor.ts';
import type { System } from '../system.ts';
import { newestCode, VisitorBrowser } from '../visitor-browser.ts';
import type { BadForm } from './form.ts';
import {
  aDocument,
  answerTo,
  aPassFor,
  aWaitingVisit,
  forgetTries,
  inHours,
  sendTo,
  staffAt,
  valuesOf,
  visitorAt,
} from './ground.ts';
import { somebodyElse } from './somebody-else.ts';
import type { FieldRule } from './values.ts';

/** Every form that a visitor fills. */

const code = { kind: 'code', max: 12 } as const;
const phone = { kind: 'formatted', max: 24 } as const;
const tick = { kind: 'list' } as const;
const person: Record<string, FieldRule> = {
  name: { kind: 'name' },
  phone,
  document_type: { kind: 'list' },
  document_number: { kind: 'formatted', max: 40 },
  plate: { kind: 'formatted', optional: true, max: 20 },
  unit: { kind: 'text', optional: true, max: 60 },
};
const { plate: _, ...others } = person;
const companionFields: Record<string, FieldRule> = { ...others, phone: { ...phone, optional: true }, declared: tick };
const passport: Record<string, FieldRule> = {
  ...person,
  nationality: { kind: 'list' },
  sex: { kind: 'list' },
  birth_day: { kind: 'day' },
};
const end = (at: 'from' | 'until'): Record<string, FieldRule> => ({
  [`${at}_day`]: { kind: 'day', at: `field-${at}`, forgets: true },
  [`${at}_time`]: { kind: 'formatted', at: `field-${at}`, forgets: true },
});
const visit: Record<string, FieldRule> = {
  visiting: { kind: 'list', optional: true },
  campus: { kind: 'list' },
  department: { kind: 'list' },
  reason: { kind: 'list' },
  note: { kind: 'text', optional: true, max: 200 },
  ...end('from'),
  ...end('until'),
};

const controls = (at: 'from' | 'until', text: string) => {
  const [day = '', time = ''] = text.split('T');
  return { [`${at}_day`]: day, [`${at}_time`]: time };
};
const windowOf = (from: number, until: number) => ({
  ...controls('from', inHours(from)),
  ...controls('until', inHours(until)),
});

/** What admission refuses is kept as a draft. */
const draft = ['request', 'reservation', 'submission', 'reservation_person'];

const reservation = (channel: 'personal' | 'official'): BadForm => ({
  name: channel === 'personal' ? '个人访客' : '因公访客',
  async open(system) {
    const { visitor, send } = await visitorAt(system, '/reservations');
    const other = await somebodyElse(system);
    await aWaitingVisit(system, visitor);
    const good = { ...(await visitor.visitForm(channel)), ...windowOf(72, 74), party: '' };
    return {
      send,
      good,
      fields: {
        ...person,
        // Known plates are a list; another one is typed beside it.
        plate: { kind: 'list', optional: true },
        plate_new: { kind: 'formatted', optional: true, max: 20 },
        ...visit,
        visiting: { kind: 'list', optional: true, foreign: other.companion },
        party: { kind: 'list', optional: true, foreign: other.party, at: 'field-companions' },
        ...(channel === 'personal' ? { host: { kind: 'name' } as const } : {}),
        channel: { kind: 'id' },
      },
      together: [
        { class: 'past', change: windowOf(-72, -70), at: 'field-from' },
        { class: 'far away', change: windowOf(24 * 90, 24 * 90 + 2), at: 'field-from' },
        { class: 'reversed', change: windowOf(74, 72), at: 'field-until' },
        { class: 'too long', change: windowOf(72, 72 + 24 * 8), at: 'field-until' },
        {
          class: 'overlapping',
          // Admission's answer belongs to the key: the page comes with another.
          change: { ...windowOf(49, 51), key: randomUUID() },

          at: 'field-from',
          leaves: [...draft, 'person', 'timeline'],
        },
      ],
      leaves: draft,
    };
  },
});

const codesTo = async (system: System, visitor: VisitorBrowser, newPhone: string) => {
  await forgetTries(system);
  await visitor.post('/account/phone/codes', { to: 'old', new_phone: newPhone }).expect(200);
  await visitor.post('/account/phone/codes', { to: 'new', new_phone: newPhone }).expect(200);
  return { code: await newestCode(system, visitor.phone), new_code: await newestCode(system, newPhone) };
};

export const visitorForms: BadForm[] = [
  {
    name: '获取验证码',
    async open(system) {
      const visitor = new VisitorBrowser(system);
      return {
        send: sendTo(visitor.agent, '/register/code'),
        good: { phone: visitor.phone },
        answers: 200,
        fields: { phone },
      };
    },
  },
  {
    name: '注册',
    async open(system) {
      const visitor = new VisitorBrowser(system);
      const good = { phone: visitor.phone, code: await visitor.askForCode(), agree: '', return: '' };
      good.agree = (await visitor.page('/register'))('[name=agree]').attr('value') ?? '';
      return { send: sendTo(visitor.agent, '/register'), good, fields: { phone, code, agree: tick } };
    },
  },
  {
    name: '完善个人信息, resident ID',
    async open(system) {
      const { visitor, send } = await visitorAt(system, '/profile');
      return { send, good: { ...visitor.person }, fields: person };
    },
  },
  {
    name: '完善个人信息, passport',
    async open(system) {
      const { visitor, send } = await visitorAt(system, '/profile');
      const papers = {
        document_type: 'passport',
        document_number: 'C4R7TX1',
        nationality: 'DEU',
        birth_day: '1990-01-01',
      };
      const together = [{ class: 'far away', change: { birth_day: '2099-01-01' }, at: 'field-birth_day' } as const];
      return { send, good: { ...visitor.person, ...papers }, fields: passport, together };
    },
  },
  {
    name: '车牌号',
    async open(system) {
      const { visitor, send } = await visitorAt(system, '/profile/plates');
      const together = [{ class: 'duplicate', change: { plate: visitor.person.plate }, at: 'field-plate' } as const];
      return {
        send,
        good: { plate: '冀A54321' },
        fields: { plate: { ...person.plate, kind: 'formatted', optional: false } },
        together,
      };
    },
  },
  reservation('personal'),
  reservation('official'),
  {
    name: '完善同行人员信息',
    async open(system) {
      const { visitor, send } = await visitorAt(system, '/companions');
      const declared = (await visitor.page('/companions/new'))('[name=declared]').attr('value') ?? '';
      const good = {
        name: '周奶奶',
        phone: '',
        document_type: 'resident_id',
        document_number: aDocument(),
        unit: '',
        declared,
      };
      const known = aDocument();
      await send({ ...good, phone: '15900000101', document_number: known });
      return {
        send,
        good,
        fields: companionFields,
        together: [
          { class: 'duplicate', change: { document_number: known }, at: 'field-document_number' },
          {
            class: 'duplicate',
            change: { document_number: visitor.person.document_number },
            at: 'field-document_number',
          },
          { class: 'duplicate', change: { phone: '15900000101' }, at: 'field-phone' },
          { class: 'duplicate', change: { phone: visitor.phone }, at: 'field-phone' },
        ],
      };
    },
  },
  {
    name: '同行人员, corrected',
    async open(system) {
      const { visitor, send: add } = await visitorAt(system, '/companions');
      const declared = (await visitor.page('/companions/new'))('[name=declared]').attr('value') ?? '';
      const form = { name: '周奶奶', phone: '15900000102', document_type: 'resident_id', unit: '', declared };
      await add({ ...form, document_number: aDocument() });
      const good = { ...form, phone: '15900000103', document_number: aDocument() };
      await add(good);
      const own = await system
        .owner('companion')
        .where({ phone_hash: system.index('phone', good.phone) })
        .first('id');
      const together = [{ class: 'duplicate', change: { phone: '15900000102' }, at: 'field-phone' } as const];
      return { send: sendTo(visitor.agent, `/companions/${own.id}`), good, fields: companionFields, together };
    },
  },
  {
    name: '邀请同行访客',
    async open(system) {
      const { visitor, send } = await visitorAt(system, '/companions/invitations');
      await send({ name: '李雷', phone: '15900000104', party: '' });
      return {
        send,
        good: { name: '韩梅梅', phone: '15900000105', party: '' },
        fields: { name: { kind: 'name' }, phone },
        together: [
          { class: 'duplicate', change: { phone: '15900000104' }, at: 'field-phone' },
          { class: 'duplicate', change: { phone: visitor.phone }, at: 'field-phone' },
        ],
      };
    },
  },
  {
    name: 'an invitation’s name, corrected',
    async open(system) {
      const { visitor, send } = await visitorAt(system, '/companions/invitations');
      await send({ name: '李雷', phone: '15900000106', party: '' });
      const row = await system
        .owner('companion')
        .where({ phone_hash: system.index('phone', '15900000106') })
        .first('id');
      const again = sendTo(visitor.agent, `/companions/${row.id}/invitation`);
      // Each is another link, and the one before it worthless.
      const leaves = ['companion_invitation'];
      const good = { name: '李磊', party: '' };
      return { send: again, good, fields: { name: { kind: 'name', optional: true } }, leaves };
    },
  },
  {
    name: '输入手机号搜索',
    async open(system) {
      const { send } = await visitorAt(system, '/companions/search');
      return {
        send,
        good: { phone: '15900000107', party: '' },
        answers: 200,
        fields: { phone: { ...phone, optional: true } },
      };
    },
  },
  {
    name: '监护人同意',
    async open(system) {
      const { visitor, send: add } = await visitorAt(system, '/companions');
      const declared = (await visitor.page('/companions/new'))('[name=declared]').attr('value') ?? '';
      const child = { name: '小明', phone: '', document_type: 'resident_id', document_number: aDocument('20200101') };
      await add({ ...child, unit: '', declared });
      const row = await system.owner('companion').orderBy('id', 'desc').first('id');
      const agree = (await visitor.page(`/guardians/new?for=${row.id}`))('[name=agree]').attr('value') ?? '';
      const good = { for: row.id, name: '李父', phone: '15811110101', agree, party: '', code: '' };
      await forgetTries(system);
      const challenge = answerTo((await visitor.agent.get(`/guardians/new?for=${row.id}`)).text);
      await visitor.post('/guardians/code', { ...good, challenge }).expect(200);
      good.code = await newestCode(system, good.phone);
      const { companion: foreign } = await somebodyElse(system);
      const fields = { for: { kind: 'id', foreign }, name: { kind: 'name' }, phone, code, agree: tick } as const;
      return { send: sendTo(visitor.agent, '/guardians'), good, fields };
    },
  },
  {
    name: '重新使用原账号',
    async open(system) {
      const earlier = await new VisitorBrowser(system).settle();
      const longAgo = system.owner.raw(`now() - interval '91 days'`);
      await system
        .owner('visitor')
        .where({ phone_hash: system.index('phone', earlier.phone) })
        .update({ last_seen_at: longAgo });
      await forgetTries(system);
      await system.owner('phone_code').delete();
      const visitor = new VisitorBrowser(system, { phone: earlier.phone });
      await visitor.register();
      const good = { document_tail: earlier.person.document_number.slice(-6) };
      const tail: FieldRule = { kind: 'formatted', max: 6 };
      const together = [
        { class: 'unknown id', change: { document_tail: '012345' }, at: 'field-document_tail' } as const,
      ];
      return {
        send: sendTo(visitor.agent, '/register/earlier'),

        good,
        together,
        fields: { document_tail: tail },
        before: () => forgetTries(system),
      };
    },
  },
  {
    name: '解除微信绑定',
    async open(system) {
      const { visitor, send } = await visitorAt(system, '/account/wechat/unbinding');
      const { id } = await system
        .owner('visitor')
        .where({ phone_hash: system.index('phone', visitor.phone) })
        .first('id');
      await bindOpenid(system.owner, system, id, randomUUID());
      await forgetTries(system);
      await visitor.post('/account/codes', { purpose: 'unbind', back: '/account' }).expect(303);
      return { send, good: { code: await newestCode(system, visitor.phone) }, fields: { code } };
    },
  },
  {
    name: '更换手机号',
    async open(system) {
      const { visitor, send } = await visitorAt(system, '/account/phone');
      const good = { new_phone: '15900000108', ...(await codesTo(system, visitor, '15900000108')) };
      const together = [{ class: 'duplicate', change: { new_phone: visitor.phone }, at: 'field-new_phone' } as const];
      return { send, good, fields: { new_phone: phone, new_code: code, code: { ...code, only: ['empty'] } }, together };
    },
  },
  {
    name: '原手机号已停用',
    async open(system) {
      const { send } = await visitorAt(system, '/account/recovery');
      const good = { old_phone: '15900000109', name: '欧阳小满', document_number: aDocument() };
      const fields = {
        old_phone: phone,
        name: { kind: 'name' },
        document_number: { kind: 'formatted', max: 40 },
      } as const;
      // A newer claim takes the place of the one before.
      return { send, good, fields, leaves: ['phone_recovery'] };
    },
  },
  ...(['export', 'erasure'] as const).map(
    (page): BadForm => ({
      name: page === 'export' ? '导出我的数据' : '注销账号',
      async open(system) {
        const { visitor, send } = await visitorAt(system, `/my-data/${page}`);
        await forgetTries(system);
        const asked = { purpose: page === 'export' ? 'export' : 'erase', back: `/my-data/${page}` };
        await visitor.post('/account/codes', asked).expect(303);
        const good = { agree: 'yes', code: await newestCode(system, visitor.phone) };
        return page === 'export'
          ? { send, good, answers: 200, fields: { code } }
          : { send, good, fields: { agree: tick, code } };
      },
    }),
  ),
  ...(['change', 'extension'] as const).map(
    (kind): BadForm => ({
      name: kind === 'change' ? '变更预约' : '延长',
      async open(system) {
        const { visitor } = await visitorAt(system, '/');
        const { reservation: id } = await aWaitingVisit(system, visitor);
        const page = await visitor.agent.get(`/reservations/${id}/${kind === 'change' ? 'changes' : 'extension'}`);
        const form = valuesOf(page.text, `form[action="/reservations/${id}/changes"]`);
        const change: Record<string, FieldRule> = {
          ...end('from'),
          ...end('until'),
          plate: { kind: 'formatted', optional: true, max: 20 },
          remove: { kind: 'list', optional: true },
          party: { kind: 'id', optional: true },
        };
        return {
          send: sendTo(visitor.agent, `/reservations/${id}/changes`),
          good: { ...form, ...controls('until', inHours(51)), party: '' },
          fields: kind === 'change' ? change : end('until'),
          together: [
            { class: 'past', change: controls('until', inHours(-2)), at: 'field-until' },
            { class: 'reversed', change: controls('until', inHours(47)), at: 'field-until' },
            { class: 'too long', change: controls('until', inHours(50 + 24 * 8)), at: 'field-until' },
          ],
        };
      },
    }),
  ),
  {
    name: 'the answer to a proposal',
    async open(system) {
      const { visitor } = await visitorAt(system, '/');
      const { reservation: id, task } = await aWaitingVisit(system, visitor);
      const { send: propose } = await staffAt(system, 'approver', `/inbox/${task}/proposal`);
      await propose({ request: randomUUID(), propose_from: inHours(60), propose_until: inHours(62), propose_note: '' });
      const { proposal_id: proposal } = await system.owner('reservation').where({ id }).first('proposal_id');
      const good = { key: randomUUID(), proposal, answer: 'refuse' };
      const { proposal: foreign } = await somebodyElse(system);
      const fields = { proposal: { kind: 'id', foreign }, answer: { kind: 'id' } } as const;
      return { send: sendTo(visitor.agent, `/reservations/${id}/proposal-answer`), good, fields };
    },
  },
  {
    name: '访客验证码',
    async open(system) {
      const { visitor } = await visitorAt(system, '/');
      const pass = await aPassFor(system, await aWaitingVisit(system, visitor));
      const good = { code: (await readVisitCode(system.db, system.cipher, pass.id)) ?? '' };
      const stranger = new VisitorBrowser(system);
      return { send: sendTo(stranger.agent, `/passes/${pass.id}/opening`), good, fields: { code } };
    },
  },
];
