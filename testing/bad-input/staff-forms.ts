import { randomBytes } from 'node:crypto';
import type { ContentKind } from '../../store/content/content-edit.ts';
import { fieldsOf, forms } from '../../web/admin/content/forms.ts';
import type { System } from '../system.ts';
import { staffLogins } from '../system.ts';
import { VisitorBrowser } from '../visitor-browser.ts';
import { accountOfStaffForms } from './account-of-staff-forms.ts';
import type { BadForm } from './form.ts';
import { aDocument, aWaitingVisit, forgetTries, inHours, sendTo, staffAt, valuesOf, visitorAt } from './ground.ts';
import { inboxForms } from './inbox-forms.ts';
import { policyForm } from './policy-form.ts';
import { revocation } from './revocation-form.ts';
import { somebodyElse } from './somebody-else.ts';
import type { FieldRule } from './values.ts';

/** Every form that an approver or an office fills. */

/** A key that is well formed is as good as the page's own. */
const key: FieldRule = { kind: 'id', only: ['empty', 'too long', 'markup', 'SQL', 'NUL', 'sent twice'] };
const words = { kind: 'text', max: 200 } as const;
const title = { kind: 'text', max: 60 } as const;
const body = { kind: 'text', max: 20_000 } as const;
const aTask = async (system: System) => aWaitingVisit(system, (await visitorAt(system, '/')).visitor);

/** Fields of an editor of content, as its own form describes them. */
const contentFields = (kind: ContentKind, isNew = false): Record<string, FieldRule> =>
  Object.fromEntries(
    fieldsOf(kind, isNew)
      .filter(({ draw }) => draw !== 'check')
      .map(({ name, draw, required, max, inputmode }): [string, FieldRule] => {
        const isWords = draw === 'line' && !inputmode && !/_(at|id|key)$/.test(name);
        const kindOf = draw === 'choice' ? 'list' : isWords ? 'text' : 'formatted';
        return [name, { kind: kindOf, ...(required ? {} : { optional: true }), ...(max ? { max } : {}) }];
      }),
  );

/** An existing row's editor, by where it is. */
const edited = (kind: ContentKind, pathOf: (system: System) => Promise<string>): BadForm => ({
  name: `content, ${kind}`,
  async open(system) {
    const path = await pathOf(system);
    const { agent } = await staffAt(system, 'admin', '/');
    const form = valuesOf((await agent.get(path)).text, 'main > form[method=post]');
    return {
      send: sendTo(agent, `${path}/edits`),
      good: form,
      fields: { ...contentFields(kind), version: { kind: 'id' } },
    };
  },
});

const content = '/admin/content';
const rowPath = (kind: ContentKind) => async (system: System) =>
  `${content}/${forms[kind].path}/${(await system.owner(kind).first('id')).id}`;

const added = (kind: 'campus' | 'department' | 'reason' | 'refusal_reason'): BadForm => ({
  name: `content, new ${kind}`,
  async open(system) {
    const { agent } = await staffAt(system, 'admin', '/');
    const campus = (await system.owner('campus').first('id')).id;
    const page = await agent.get(`${content}/${forms[kind].path}/new?campus=${campus}`);
    const form = valuesOf(page.text, 'main > form[method=post]');
    const fields = { ...contentFields(kind), ...(kind === 'department' ? { campus: { kind: 'id' } as const } : {}) };
    const good = { ...form, name_zh: '新的', name_en: 'New' };
    return { send: sendTo(agent, `${content}/${forms[kind].path}`), good, fields: { ...fields, id: key } };
  },
});

const newGate: BadForm = {
  name: 'content, new gate',
  async open(system) {
    const { agent } = await staffAt(system, 'admin', '/');
    const campus = (await system.owner('campus').first('id')).id;
    const page = await agent.get(`${content}/gates/new?campus=${campus}`);
    const keys = { identity_key: randomBytes(32).toString('hex'), sealing_key: randomBytes(32).toString('hex') };
    return {
      send: sendTo(agent, `${content}/gates`),
      good: {
        ...valuesOf(page.text, 'main > form[method=post]'),

        gate_id: 'west',
        name_zh: '西门',
        name_en: 'West Gate',
        ...keys,
      },
      fields: { ...contentFields('gate', true), campus: { kind: 'id' } },
      together: [
        { class: 'duplicate', change: { gate_id: 'south' }, at: 'field-gate_id' },
        { class: 'duplicate', change: { sealing_key: keys.identity_key }, at: 'field-sealing_key' },
      ],
    };
  },
};

const gateKeys: BadForm = {
  name: 'content, keys of a gate',
  async open(system) {
    const { agent } = await staffAt(system, 'admin', '/');
    const good = { identity_key: randomBytes(32).toString('hex'), sealing_key: randomBytes(32).toString('hex') };
    const { identity_key, sealing_key } = contentFields('gate', true);
    return {
      send: sendTo(agent, `${content}/gates/east/keys`),
      good,
      fields: { ...(identity_key && { identity_key }), ...(sealing_key && { sealing_key }) },
      together: [{ class: 'duplicate', change: { sealing_key: good.identity_key }, at: 'field-sealing_key' }],
    };
  },
};

const published = (name: string, pathOf: (system: System) => Promise<string>): BadForm => ({
  name: `content, ${name}`,
  async open(system) {
    const path = await pathOf(system);
    const { agent } = await staffAt(system, 'admin', '/');
    const form = valuesOf((await agent.get(path)).text, `form[action="${path}/preview"]`);
    const fields = { title_zh: title, title_en: title, body_zh: body, body_en: body, version: { kind: 'id' } } as const;
    return { send: sendTo(agent, `${path}/versions`), good: { ...form, title_zh: '新的标题' }, fields };
  },
});

export const staffForms: BadForm[] = [
  revocation,
  ...accountOfStaffForms,
  {
    name: 'staff login',
    async open(system) {
      const { agent } = new VisitorBrowser(system);
      const fields = { username: { kind: 'formatted', at: 'field-password' }, password: { kind: 'password' } } as const;
      const username = { ...fields.username, only: [...(['wrong alphabet', 'markup', 'SQL', 'NUL'] as const)] };
      return {
        send: sendTo(agent, '/staff/login'),
        good: { ...staffLogins.approver },
        fields: { ...fields, username },
        together: [{ class: 'empty', change: { username: '' }, at: 'field-username' }],
        before: () => forgetTries(system),
      };
    },
  },
  ...inboxForms,
  {
    name: '查看完整证件号',
    async open(system) {
      const { reservation } = await aTask(system);
      const { send } = await staffAt(system, 'admin', `/admin/reservations/${reservation}/unmasking`);
      const person = await system.owner('reservation_person').where({ reservation_id: reservation }).first('id');
      const { person: foreign } = await somebodyElse(system);
      const fields = { person: { kind: 'id', foreign }, unmask_reason: { ...words, at: 'unmask-0' } } as const;
      return { send, good: { person: person.id, unmask_reason: '核对证件' }, answers: 200, fields };
    },
  },
  {
    name: '手机号恢复',
    async open(system) {
      const { visitor, send: claim } = await visitorAt(system, '/account/recovery');
      await claim({ old_phone: '15900000201', name: '欧阳小满', document_number: aDocument() });
      const row = await system.owner('phone_recovery').orderBy('created_at', 'desc').first('id');
      const { send } = await staffAt(system, 'admin', `/admin/recoveries/${row.id}/decision`);
      const fields = { verdict: { kind: 'id' }, note: { ...words, at: `note-${row.id}` } } as const;
      return { send, good: { verdict: 'refused', note: `${visitor.phone} 与证件不符` }, fields };
    },
  },
  {
    name: '个人信息请求',
    async open(system) {
      const { agent } = new VisitorBrowser(system);
      const asked = { kind: 'deletion', name: '欧阳小满', document_number: aDocument(), text: '' };
      await sendTo(agent, '/held-by-others/requests')(asked);
      const row = await system.owner('data_request').orderBy('created_at', 'desc').first('id');
      const { send } = await staffAt(system, 'admin', `/admin/data-requests/${row.id}/answer`);
      const fields = { verdict: { kind: 'id' }, note: { ...words, at: `note-${row.id}` } } as const;
      return { send, good: { verdict: 'refused', note: '未出示证件' }, fields };
    },
  },
  edited('university', async () => `${content}/university`),
  edited('office_hours', async () => `${content}/office-hours`),
  ...(['campus', 'gate', 'department', 'reason', 'refusal_reason'] as const).map((kind) => edited(kind, rowPath(kind))),
  ...(['campus', 'department', 'reason', 'refusal_reason'] as const).map(added),
  newGate,
  gateKeys,
  {
    name: 'content, closed day',
    async open(system) {
      const campus = (await system.owner('campus').first('id')).id;
      const { send } = await staffAt(system, 'admin', `${content}/closed-days`);
      const reason = { kind: 'text', max: 40 } as const;
      const closed = await system.owner('closed_day').where({ campus_id: campus }).first('day');
      const good = { campus, day: inHours(24 * 30).slice(0, 10), reason_zh: '运动会', reason_en: 'Sports day' };
      const known = closed ? [{ class: 'duplicate' as const, change: { day: closed.day }, at: 'field-day' }] : [];
      const past = { class: 'past', change: { day: inHours(-48).slice(0, 10) }, at: 'field-day' } as const;
      const fields = { campus: { kind: 'list' }, day: { kind: 'day' }, reason_zh: reason, reason_en: reason } as const;
      return { send, good, fields, together: [past, ...known] };
    },
  },
  {
    name: 'content, calendar day',
    async open(system) {
      const { send } = await staffAt(system, 'admin', `${content}/calendar`);
      const name = { kind: 'text', max: 40 } as const;
      const good = { day: inHours(24 * 300).slice(0, 10), works: 'holiday', name_zh: '校庆', name_en: 'Anniversary' };
      const known = { class: 'duplicate', change: { day: '2027-01-01' }, at: 'field-day' } as const;
      const fields = { day: { kind: 'day' }, works: { kind: 'list' }, name_zh: name, name_en: name } as const;
      return { send, good, fields, together: [known] };
    },
  },
  {
    name: 'key of another system',
    async open(system) {
      const { send } = await staffAt(system, 'admin', '/admin/api-keys');
      const good = { label: '会议系统', scopes: 'visits:read', department: '', days: '90' };
      const list = { kind: 'list' } as const;
      const fields = { label: { ...words, max: 40 }, department: { ...list, optional: true }, days: list } as const;
      return { send, good, fields };
    },
  },
  policyForm,
  published('notice', async () => `${content}/notices/visiting`),
  published('guide', async (system) => {
    const campus = (await system.owner('campus').first('id')).id;
    return `${content}/guides/${campus}/dining`;
  }),
];
