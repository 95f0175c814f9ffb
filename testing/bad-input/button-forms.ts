import { createECDH, randomUUID } from 'node:crypto';
import { VisitorBrowser } from '../visitor-browser.ts';
import type { BadForm } from './form.ts';
import {
  aDocument,
  answerTo,
  aPassFor,
  aWaitingVisit,
  forgetTries,
  sendTo,
  staffAt,
  valuesOf,
  visitorAt,
} from './ground.ts';
import { somebodyElse } from './somebody-else.ts';
import type { FieldRule } from './values.ts';

/** Forms that are hardly more than a button: what they send are ids that a page put there, and one word. */

/** A key that is well formed is as good as the page's own. */
const key: FieldRule = { kind: 'id', only: ['empty', 'too long', 'markup', 'SQL', 'NUL', 'sent twice'] };

const wish = (name: string, path: 'cancellation' | 'nudges'): BadForm => ({
  name,
  async open(system) {
    const { visitor } = await visitorAt(system, '/');
    const { reservation } = await aWaitingVisit(system, visitor);
    const address = `/reservations/${reservation}`;
    const good = valuesOf((await visitor.agent.get(address)).text, `form[action="${address}/${path}"]`);
    // Without a key of its own it is a wish of its own.
    return { send: sendTo(visitor.agent, `${address}/${path}`), good, fields: {} };
  },
});

export const buttonForms: BadForm[] = [
  {
    name: '同意',
    async open(system) {
      const visitor = new VisitorBrowser(system);
      await visitor.register();
      const notice = (await visitor.page('/consent'))('[name=notice]').attr('value') ?? '';
      const older = await system.owner('notice').whereNot({ kind: 'filling' }).first('id');
      return {
        send: sendTo(visitor.agent, '/consent'),
        good: { notice, answer: 'agree' },
        fields: { notice: { kind: 'id', foreign: older.id } },
      };
    },
  },
  wish('取消预约', 'cancellation'),
  wish('催办', 'nudges'),
  {
    name: 'a code to the own phone',
    async open(system) {
      const { send } = await visitorAt(system, '/account/codes');
      return {
        send,
        good: { purpose: 'export', back: '/my-data/export' },
        // For an unknown purpose nothing is sent, and the page comes again.
        fields: {},
        before: () => forgetTries(system),
      };
    },
  },
  {
    name: 'a code to the guardian',
    async open(system) {
      const { visitor } = await visitorAt(system, '/');
      const declared = (await visitor.page('/companions/new'))('[name=declared]').attr('value') ?? '';
      const child = { name: '小明', phone: '', document_type: 'resident_id', document_number: aDocument('20200101') };
      await visitor.post('/companions', { ...child, unit: '', declared }).expect(303);
      const row = await system.owner('companion').orderBy('id', 'desc').first('id');
      await forgetTries(system);
      const challenge = answerTo((await visitor.agent.get(`/guardians/new?for=${row.id}`)).text);
      const { companion: foreign } = await somebodyElse(system);
      return {
        send: sendTo(visitor.agent, '/guardians/code'),
        good: { for: row.id, name: '', phone: '15811110102', party: '', challenge },
        answers: 200,
        fields: { for: { kind: 'id', foreign }, phone: { kind: 'formatted', max: 24 } },
      };
    },
  },
  {
    name: 'a phone that binds a pass',
    async open(system) {
      const { visitor } = await visitorAt(system, '/');
      const pass = await aPassFor(system, await aWaitingVisit(system, visitor));
      const phoneKey = createECDH('prime256v1');
      phoneKey.generateKeys();
      return {
        send: sendTo(visitor.agent, `/passes/${pass.id}/bindings`),
        good: { key: phoneKey.getPublicKey('base64', 'compressed'), request: randomUUID() },
        answers: 201,
        fields: { key: { kind: 'id' }, request: key },
      };
    },
  },
  {
    name: '查看完整证件号, in the inbox',
    async open(system) {
      const { visitor } = await visitorAt(system, '/');
      const { task, reservation } = await aWaitingVisit(system, visitor);
      await system.owner('staff').where({ username: 'approver' }).update({ may_unmask: true });
      const { send } = await staffAt(system, 'approver', `/inbox/${task}/unmasking`);
      const own = await system.owner('reservation_person').where({ reservation_id: reservation }).first('id');
      const { person: foreign } = await somebodyElse(system);
      return {
        send,
        good: { person: own.id, unmask_reason: '核对证件' },
        answers: 200,
        fields: {
          person: { kind: 'id', foreign },
          unmask_reason: { kind: 'text', max: 200, at: 'unmask-0' },
        },
      };
    },
  },
];
