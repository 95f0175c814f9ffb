import { newestCode } from '../visitor-browser.ts';
import { code, companionFields, phone, tick } from './fields.ts';
import type { BadForm } from './form.ts';
import { aDocument, answerTo, forgetTries, sendTo, visitorAt } from './ground.ts';
import { somebodyElse } from './somebody-else.ts';

/** Forms about the people of a lead's book. */

export const companionForms: BadForm[] = [
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
];
