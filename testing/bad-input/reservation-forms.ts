import { randomUUID } from 'node:crypto';
import { readVisitCode } from '../../store/passes/visit-code.ts';
import { VisitorBrowser } from '../visitor-browser.ts';
import { code, controls, draft, end, person, visit, windowOf } from './fields.ts';
import type { BadForm } from './form.ts';
import { aPassFor, aWaitingVisit, inHours, sendTo, staffAt, valuesOf, visitorAt } from './ground.ts';
import { somebodyElse } from './somebody-else.ts';
import type { FieldRule } from './values.ts';

/** Forms of a visit, from asking for it to opening its pass. */

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

export const reservationForms: BadForm[] = [
  reservation('personal'),
  reservation('official'),
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
