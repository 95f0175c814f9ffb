import { randomUUID } from 'node:crypto';
import { bindOpenid } from '../../store/people/visitor.ts';
import type { System } from '../system.ts';
import { newestCode, VisitorBrowser } from '../visitor-browser.ts';
import { code, passport, person, phone, tick } from './fields.ts';
import type { BadForm } from './form.ts';
import { aDocument, forgetTries, sendTo, visitorAt } from './ground.ts';
import type { FieldRule } from './values.ts';

/** Forms about an account and who it belongs to. */

const codesTo = async (system: System, visitor: VisitorBrowser, newPhone: string) => {
  await forgetTries(system);
  await visitor.post('/account/phone/codes', { to: 'old', new_phone: newPhone }).expect(200);
  await visitor.post('/account/phone/codes', { to: 'new', new_phone: newPhone }).expect(200);
  return { code: await newestCode(system, visitor.phone), new_code: await newestCode(system, newPhone) };
};

export const accountForms: BadForm[] = [
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
  {
    name: '他人填写的我的信息, 获取验证码',
    async open(system) {
      const visitor = new VisitorBrowser(system);
      const good = { phone: visitor.phone };
      return { send: sendTo(visitor.agent, '/held-by-others/code'), good, answers: 200, fields: { phone } };
    },
  },
  {
    name: '他人填写的我的信息',
    async open(system) {
      const visitor = new VisitorBrowser(system);
      await forgetTries(system);
      await sendTo(visitor.agent, '/held-by-others/code')({ phone: visitor.phone });
      const good = { phone: visitor.phone, code: await newestCode(system, visitor.phone) };
      return { send: sendTo(visitor.agent, '/held-by-others'), good, fields: { phone, code } };
    },
  },
  {
    name: '到服务台办理',
    async open(system) {
      const { agent } = new VisitorBrowser(system);
      const good = { kind: 'copy', name: '欧阳小满', document_number: aDocument(), text: '' };
      const fields = {
        name: { kind: 'name' },
        document_number: { kind: 'formatted', max: 40 },
        text: { kind: 'text', max: 200, lines: true, optional: true },
      } as const;
      return { send: sendTo(agent, '/held-by-others/requests'), good, fields };
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
];
