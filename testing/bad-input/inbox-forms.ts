import { randomUUID } from 'node:crypto';
import { aPolicy } from '../policies.ts';
import type { System } from '../system.ts';
import { until } from '../until.ts';
import type { BadForm } from './form.ts';
import { aWaitingVisit, inHours, staffAt, visitorAt } from './ground.ts';
import type { FieldRule } from './values.ts';

/** Forms on a task's page. */

/** A key that is well formed is as good as the page's own. */
const key: FieldRule = { kind: 'id', only: ['empty', 'too long', 'markup', 'SQL', 'NUL', 'sent twice'] };
const words = { kind: 'text', max: 200 } as const;
const aTask = async (system: System) => aWaitingVisit(system, (await visitorAt(system, '/')).visitor);

const inbox = (
  action: 'decision' | 'return' | 'proposal' | 'transfer' | 'decline' | 'signers',
  good: Record<string, string>,
  fields: Record<string, FieldRule>,
): BadForm => ({
  name: {
    decision: '审批意见',
    return: '退回修改',
    proposal: '建议其他时间',
    transfer: '转交',
    decline: '不归我审批',
    signers: '加签',
  }[action],
  async open(system) {
    const { task } = await aTask(system);
    const { send } = await staffAt(system, 'approver', `/inbox/${task}/${action}`);
    return { send, good: { request: randomUUID(), ...good }, fields: { request: key, ...fields } };
  },
});

const proposal: BadForm = {
  ...inbox('proposal', {}, {}),
  async open(system) {
    const good = { propose_from: inHours(60), propose_until: inHours(62), propose_note: '那天更方便' };
    const fields = {
      propose_from: { kind: 'moment' },
      propose_until: { kind: 'moment' },
      propose_note: { ...words, optional: true },
    } as const;
    const window = (from: number, until: number) => ({ propose_from: inHours(from), propose_until: inHours(until) });
    return {
      ...(await inbox('proposal', good, fields).open(system)),
      together: [
        { class: 'past', change: window(-3, -2), at: 'field-propose_from' },
        { class: 'reversed', change: window(62, 60), at: 'field-propose_until' },
        { class: 'far away', change: window(24 * 90, 24 * 90 + 1), at: 'field-propose_from' },
        { class: 'duplicate', change: window(48, 50), at: 'field-propose_from' },
      ],
      // A newer proposal takes the place of the one before.
      leaves: ['proposal', 'decision'],
    };
  },
};

/** The words are wanted with this reason of the list. */
const decision: BadForm = {
  ...inbox('decision', {}, {}),
  async open(system) {
    const { id } = await system.owner('refusal_reason').where({ needs_text: true }).first('id');
    const good = { verdict: 'rejected', refused_for: id, reason: '当天有考试' };
    const fields = { verdict: { kind: 'id' }, refused_for: { kind: 'list' }, reason: words } as const;
    return inbox('decision', good, fields).open(system);
  },
};

/** At the second step of a visit, once the first is signed. */
const stepReturn: BadForm = {
  name: '退回上一步',
  async open(system) {
    const { id: department } = await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first('id');
    const scope = { department, channel: null };
    const step = { signers: [{ role: 'approver' as const }], need: 1 };
    await aPolicy(system.owner, { steps: [step, step], once: false }, scope);
    const { reservation, task } = await aTask(system);
    await aPolicy(system.owner, null, scope);
    const first = await staffAt(system, 'approver', `/inbox/${task}/decision`);
    await first.send({ request: randomUUID(), verdict: 'approved', reason: '' });
    const second = { reservation_id: reservation, step: 1, status: 'open' };
    const { id } = await until(() => system.owner('task').where(second).first(), 'the second step');
    const { send } = await staffAt(system, 'approver', `/inbox/${id}/step-return`);
    const good = { request: randomUUID(), return_step: '0', step_reason: '请再核对' };
    return { send, good, fields: { request: key, return_step: { kind: 'list' }, step_reason: words } };
  },
};

export const inboxForms: BadForm[] = [
  decision,
  inbox('return', { return_reason: '请补充事由' }, { return_reason: words }),
  inbox(
    'transfer',
    { transfer_to: 'approver2', transfer_department: '', transfer_reason: '请代为处理' },
    { transfer_to: { kind: 'formatted' }, transfer_reason: words },
  ),
  {
    name: '沟通',
    async open(system) {
      const { task } = await aTask(system);
      const { send } = await staffAt(system, 'approver', `/inbox/${task}/comments`);
      const good = { key: randomUUID(), comment_to: 'visitor', comment_text: '请带好证件' };
      const fields = { key, comment_to: { kind: 'list' }, comment_text: { kind: 'text', max: 500 } } as const;
      return { send, good, fields };
    },
  },
  inbox(
    'signers',
    { signer: 'approver2', signer_place: 'after', signer_reason: '请一并把关' },
    { signer: { kind: 'formatted' }, signer_place: { kind: 'list' }, signer_reason: words },
  ),
  stepReturn,
  inbox('decline', { decline_reason: '不归我审批' }, { decline_reason: words }),
  proposal,
];
