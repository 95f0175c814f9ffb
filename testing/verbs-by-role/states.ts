import { randomUUID } from 'node:crypto';
import type { TaskAnswer } from '../../domain/request.ts';
import type { Outcome, Stage } from '../../domain/reservation.ts';
import { day, dayOf } from '../../domain/time.ts';
import { entered, reservationWorkflowId } from '../../workflows/messages/reservation.ts';
import { aCancellation, aChange } from '../asked-visits.ts';
import { aPolicy } from '../policies.ts';
import type { Office } from '../random-verbs/people.ts';
import { aRefusal } from '../refusing.ts';
import { aSubmittedReservation, somebody, untilReservation } from '../reservations.ts';
import type { System } from '../system.ts';
import { until } from '../until.ts';
import { on } from '../window.ts';

/** Visits in every state in which somebody may answer a task of theirs, each brought there as people do. */

export interface Visit {
  reservation: string;
  task: string;
}

export interface State {
  /** Another step of the round stands before the task's. */
  behind?: true;
  /** Somebody was added to the task, who may be taken out again. */
  added?: true;
  /** Somebody came in. */
  inside?: true;
  stage: Stage;
  outcome?: Outcome;
  /** What the task is then. */
  status: string;
  rung?: number;
  /** Who has it since it was passed on; those who had it before are told so. */
  holder?: string;
  /** So many of them. */
  make(count: number): Promise<Visit[]>;
}

type Form = [path: string, form: Record<string, string>];

const later = (time: string) => `${dayOf(Date.now() + 4 * day)}T${time}`;
/** Each answer to a task as its page's form sends it. */
export const forms: { [Kind in TaskAnswer]: Form } = {
  decide: ['decision', { verdict: 'approved' }],
  return: ['return', { return_reason: '请补充' }],
  propose_time: ['proposal', { propose_from: later('10:00'), propose_until: later('12:00'), propose_note: '' }],
  transfer: ['transfer', { transfer_to: 'one-stranger', transfer_department: '', transfer_reason: '转交' }],
  decline: ['decline', { decline_reason: '与本人无关' }],
  withdraw_decision: ['withdrawal', { withdraw_reason: '看错了' }],
  add_signer: ['signers', { signer: 'one-stranger', signer_place: 'after', signer_reason: '请一并把关' }],
  remove_signer: ['signer-removals', {}],
  return_to_step: ['step-return', { return_step: '0', step_reason: '请再核对' }],
};

/** Sends a form as somebody of the office. @returns the answer's status */
export const sender =
  (office: Office) =>
  async (who: string, { task }: Visit, path: string, form: Record<string, string>): Promise<number> => {
    const sent = { request: randomUUID(), ...form };
    return (await office.member(who).agent.post(`/inbox/${task}/${path}`).type('form').send(sent)).status;
  };

export function statesOf(system: () => System, office: () => Office): Record<string, State> {
  let phones = 30_000;
  const row = (table: string) => system().owner(table);
  /** One visit, with a phone of its own. */
  function submitted(window = on(2)) {
    phones += 1;
    return aSubmittedReservation(system(), { who: { ...somebody, phone: `130001${phones}` }, ...window });
  }
  const send = async (who: string, visit: Visit, path: string, form: Record<string, string>) => {
    const status = await sender(office())(who, visit, path, form);
    if (status !== 303) throw new Error(`${who} ${path}: ${status}`);
  };
  const reaches = (visit: Visit, stage: Stage) =>
    untilReservation(system(), visit.reservation, (found) => found.stage === stage);

  const waiting = () => submitted();
  async function after(path: string, form: Record<string, string>, stage: Stage) {
    const visit = await submitted();
    await send('approver', visit, path, form);
    await reaches(visit, stage);
    return visit;
  }
  const approved = () => after(...forms.decide, 'visit');

  async function onRung(rung: number): Promise<Visit> {
    const visit = await submitted();
    await row('task').where({ id: visit.task }).update({ rung });
    return visit;
  }
  async function passedOn(): Promise<Visit> {
    const visit = await submitted();
    await send('approver', visit, ...forms.transfer);
    await until(() => row('task').where({ id: visit.task }).whereNotNull('people').first(), 'the task is passed on');
    return visit;
  }
  async function withSigner(): Promise<Visit> {
    const visit = await submitted();
    const [path, form] = forms.add_signer;
    await send('approver', visit, path, { ...form, signer: 'one-deputy' });
    return visit;
  }
  /** A second step, once the first is signed. */
  async function behindAStep(count: number): Promise<Visit[]> {
    const { department } = office();
    const roles = ['reception', 'approver'] as const;
    const steps = roles.map((role) => ({ signers: [{ role }], need: 1 }));
    await aPolicy(system().owner, { steps, once: true }, { department, channel: null });
    const visits = await sideBySide(waiting)(count);
    await aPolicy(system().owner, null, { department, channel: null });
    return Promise.all(
      visits.map(async (visit) => {
        await send('reception', visit, ...forms.decide);
        const second = { reservation_id: visit.reservation, step: 1, status: 'open' };
        const { id: task } = await until(() => row('task').where(second).first(), 'the second step');
        return { ...visit, task };
      }),
    );
  }
  async function changing(): Promise<Visit> {
    const visit = await approved();
    return { ...visit, task: await aChange(system(), visit, on(3)) };
  }
  async function cancelled(): Promise<Visit> {
    const visit = await submitted();
    await aCancellation(system(), visit);
    await reaches(visit, 'closed');
    return visit;
  }
  /** Nobody decided until it was over. */
  async function expired(): Promise<Visit> {
    const visit = await submitted({ from: new Date(Date.now() - 60_000), until: new Date(Date.now() + 2_000) });
    await reaches(visit, 'closed');
    await row('task').where({ id: visit.task }).update({ rung: 4 });
    return visit;
  }
  async function revoked(): Promise<Visit> {
    const visit = await approved();
    const form = { revocation_whom: '', revocation_reason: 'conduct', revocation_text: '' };
    await send('approver', visit, 'revocation', form);
    await reaches(visit, 'closed');
    return visit;
  }
  async function onCampus(): Promise<Visit> {
    const visit = await approved();
    const { reservation } = visit;
    const event = { event: randomUUID(), reservation, ordinal: 0, gate: 'south', at: Date.now() };
    await system()
      .client.workflow.getHandle(reservationWorkflowId(reservation))
      .signal(entered, { ...event, direction: 'in', method: 'qr' });
    await until(() => row('gate_event').where({ reservation_id: reservation }).first(), 'they are on campus');
    return visit;
  }
  const rejected = async () => after('decision', await aRefusal(system().owner), 'closed');

  return {
    waiting: { stage: 'approval', status: 'open', make: sideBySide(waiting) },
    'on rung 3': { stage: 'approval', status: 'open', rung: 3, make: sideBySide(() => onRung(3)) },
    'on rung 4': { stage: 'approval', status: 'open', rung: 4, make: sideBySide(() => onRung(4)) },
    'sent back': {
      stage: 'details',
      status: 'returned',
      make: sideBySide(() => after('return', { return_reason: '补充' }, 'details')),
    },
    'passed on': { stage: 'approval', status: 'open', holder: 'stranger', make: sideBySide(passedOn) },
    'with a signer added': { stage: 'approval', status: 'open', added: true, make: sideBySide(withSigner) },
    'behind another step': { stage: 'approval', status: 'open', behind: true, make: behindAStep },
    approved: { stage: 'visit', status: 'approved', make: sideBySide(approved) },
    'on campus': { stage: 'visit', status: 'approved', inside: true, make: sideBySide(onCampus) },
    'with a change that waits': { stage: 'visit', status: 'open', make: sideBySide(changing) },
    rejected: { stage: 'closed', outcome: 'rejected', status: 'rejected', make: sideBySide(rejected) },
    cancelled: { stage: 'closed', outcome: 'cancelled', status: 'withdrawn', make: sideBySide(cancelled) },
    expired: { stage: 'closed', outcome: 'expired', status: 'withdrawn', rung: 4, make: sideBySide(expired) },
    revoked: { stage: 'closed', outcome: 'revoked', status: 'approved', make: sideBySide(revoked) },
  };
}

/** A few at a time: each waits for the engine more than it works. */
const sideBySide =
  (one: () => Promise<Visit>) =>
  async (count: number): Promise<Visit[]> => {
    const visits: Visit[] = [];
    const lane = async () => {
      while (visits.length + under < count) {
        under += 1;
        const visit = await one();
        under -= 1;
        visits.push(visit);
      }
    };
    let under = 0;
    await Promise.all(Array.from({ length: Math.min(count, 6) }, lane));
    return visits;
  };
