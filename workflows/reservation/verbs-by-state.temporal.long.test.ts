import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type RefusalCode, type RequestPayloads, refusalIn, requestKinds } from '../../domain/request.ts';
import type { Outcome, Stage } from '../../domain/reservation.ts';
import { openDraft } from '../../store/reservations/reservation.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import type { TestVisitor } from '../../testing/process-visitor.ts';
import { until } from '../../testing/until.ts';
import { on } from '../../testing/window.ts';
import { wishesOf } from '../../testing/wishes.ts';
import type { UpdateKind } from '../messages/reservation.ts';

/** Every verb in every state, as `domain/request.ts` has it, asked of the validators of real workflows. */

let process: ProcessUnderTest;
let wishes: ReturnType<typeof wishesOf>;
beforeAll(async () => {
  process = await startProcess();
  await process.startWorker();
  wishes = wishesOf(process);
}, 60_000);
afterAll(() => process?.stop());

interface Made {
  reservation: string;
  visitor: TestVisitor;
}
interface State {
  stage: Stage;
  outcome?: Outcome;
  make(): Promise<Made>;
}

async function submitted(): Promise<Made & { submission: string }> {
  const visitor = await process.aVisitor();
  const of = await process.submit(visitor, on(2));
  await process.reaches(of.reservation, 'approval');
  return { visitor, ...of };
}
async function approved(): Promise<Made & { submission: string }> {
  const of = await submitted();
  await process.decide(of.reservation, 'approved');
  await process.reaches(of.reservation, 'visit');
  return of;
}
async function drafted(): Promise<Made> {
  const visitor = await process.aVisitor();
  const { id: reservation } = await process.db.transaction((trx) => openDraft(trx, visitor.id));
  await process.ask({ reservation, kind: 'start', payload: {}, actor: { kind: 'visitor', id: visitor.id } });
  return { visitor, reservation };
}

const states: Record<string, State> = {
  'a draft': { stage: 'registration', make: drafted },
  waiting: { stage: 'approval', make: submitted },
  'sent back': {
    stage: 'details',
    async make() {
      const of = await submitted();
      await wishes.sendBack(of, '请补充');
      await process.reaches(of.reservation, 'details');
      return of;
    },
  },
  approved: { stage: 'visit', make: approved },
  'approved, with a change that waits': {
    stage: 'visit',
    async make() {
      const of = await approved();
      await wishes.change(of.visitor, of, on(3));
      await until(async () => (await process.row(of.reservation)).change_submission_id, 'the change waits');
      return of;
    },
  },
  rejected: {
    stage: 'closed',
    outcome: 'rejected',
    async make() {
      const of = await submitted();
      await process.decide(of.reservation, 'rejected', '没有时间');
      await process.reaches(of.reservation, 'closed');
      return of;
    },
  },
  cancelled: {
    stage: 'closed',
    outcome: 'cancelled',
    async make() {
      const of = await submitted();
      await wishes.cancel(of.visitor, of);
      await process.reaches(of.reservation, 'closed');
      return of;
    },
  },
  revoked: {
    stage: 'closed',
    outcome: 'revoked',
    async make() {
      const of = await approved();
      await wishes.revoke(of);
      await process.reaches(of.reservation, 'closed');
      return of;
    },
  },
};

const nobody = 9;
const none = randomUUID();
/**
 * What nothing fits, so that it has no effect: what a verb says of it where the stage takes the verb at all. `null`: it would
 * have an effect there; see below.
 */
const wrong: { [Kind in UpdateKind]: [payload: RequestPayloads[Kind], code: RefusalCode | null] } = {
  ready: [{ ready: { person: none, personVersion: 1, consent: none } }, null],
  submit: [{ submission: none, ready: { person: none, personVersion: 1, consent: none } }, null],
  decide: [{ task: none, verdict: 'approved' }, 'wrong_stage'],
  cancel: [{}, null],
  resend_code: [{ pass: none }, null],
  change: [{ submission: none }, null],
  withdraw_change: [{}, null],
  return: [{ task: none }, 'wrong_stage'],
  propose_time: [{ task: none, from: 0, until: 1 }, 'wrong_stage'],
  answer_proposal: [{ proposal: none, accept: false }, 'no_proposal'],
  nudge: [{}, null],
  person_ready: [{ submission: none, ordinal: nobody }, 'not_awaited'],
  remove_person: [{ ordinal: nobody }, 'no_such_person'],
  bind_phone: [{ pass: none, ordinal: nobody, binding: none }, 'no_such_person'],
  revoke: [{ ordinal: nobody }, 'no_such_person'],
  transfer: [{ task: none, to: { department: none } }, 'wrong_stage'],
  decline: [{ task: none, to: { department: none } }, 'wrong_stage'],
  withdraw_decision: [{ task: none, decision: none }, 'task_closed'],
  add_signer: [
    { task: none, place: 'before', signer: { task: none, ordinal: 1, department: none, person: none } },
    'wrong_stage',
  ],
  remove_signer: [{ task: none, signer: none }, 'task_closed'],
  // No admin asked for it.
  move_policy: [{ version: none, batch: none }, 'malformed'],
  return_to_step: [{ task: none, step: 0 }, 'wrong_stage'],
  // Nobody is inside.
  say_left: [{}, 'wrong_stage'],
};

const kinds = requestKinds.filter((kind): kind is UpdateKind => kind !== 'start');
/** Where details are awaited nobody is awaited yet. */
const ownCode = (stage: Stage, kind: UpdateKind): RefusalCode | null =>
  kind === 'person_ready' && (stage === 'details' || stage === 'registration') ? 'wrong_stage' : wrong[kind][1];

describe.each(Object.entries(states))('%s', (_, { stage, outcome, make }) => {
  let of: Made;
  beforeAll(async () => {
    of = await make();
  }, 60_000);

  const asked = kinds.flatMap((kind) => {
    const code = refusalIn(stage, kind) ?? ownCode(stage, kind);
    return code === null ? [] : [{ kind, code }];
  });
  test.each(asked)('$kind: $code', async ({ kind, code }) => {
    const before = await process.row(of.reservation);
    const [payload] = wrong[kind];
    const actor = { kind: 'visitor', id: of.visitor.id } as const;
    const { answer } = await process.ask({ reservation: of.reservation, kind, payload, actor } as never);
    expect(answer).toEqual({ ok: false, code });
    const { seq, stage: still, outcome: ended } = await process.row(of.reservation);
    expect({ seq, still, ended }).toEqual({ seq: before.seq, still: stage, ended: outcome ?? null });
  });
});

describe('what has an effect where it is taken', () => {
  const ok = (stage: Stage) => expect.objectContaining({ ok: true, stage }) as Answer;
  const make = (state: string) => (states[state] as State).make();
  const stateOf = (kind: UpdateKind) =>
    Object.entries(states).filter(([, { stage }]) => refusalIn(stage, kind) === undefined);

  test.each(stateOf('cancel'))('cancel: %s', async (state) => {
    const of = await make(state);
    // What was sent back was submitted once, and is no draft.
    expect((await wishes.cancel(of.visitor, of)).answer).toEqual(ok('closed'));
  });
  test.each(stateOf('nudge'))('nudge: %s', async (state, { stage }) => {
    const of = await make(state);
    // Of what is approved nobody has to be reminded.
    const expected = state === 'approved' ? { ok: false, code: 'wrong_stage' } : ok(stage);
    expect((await wishes.nudge(of.visitor, of)).answer).toEqual(expected);
  });
  test.each(stateOf('change'))('change: %s', async (state, { stage }) => {
    const of = await make(state);
    const expected = state.includes('change that waits') ? { ok: false, code: 'change_pending' } : ok(stage);
    expect((await wishes.change(of.visitor, of, on(4))).answer).toEqual(expected);
  });
  test.each(stateOf('withdraw_change'))('withdraw_change: %s', async (state, { stage }) => {
    const of = await make(state);
    const expected = state === 'approved' ? { ok: false, code: 'no_change_pending' } : ok(stage);
    expect((await wishes.withdrawChange(of.visitor, of)).answer).toEqual(expected);
  });
  test.each(stateOf('submit'))('submit: %s', async (state) => {
    const of = await make(state);
    expect((await wishes.submitAgain(of.visitor, of, on(5))).answer).toEqual(ok('approval'));
  });
  test.each(stateOf('ready'))('ready: %s', async (state) => {
    const { reservation, visitor } = await make(state);
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const { answer } = await process.ask({ reservation, kind: 'ready', payload: { ready: visitor.ready }, actor });
    // Proved with the first submission.
    expect(answer).toEqual(state === 'sent back' ? { ok: false, code: 'wrong_stage' } : ok('details'));
  });
  test.each(stateOf('resend_code'))('resend_code: %s', async (state) => {
    const { reservation, visitor } = await make(state);
    const { id: pass } = await process.db('pass').where({ reservation_id: reservation }).first('id');
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const { answer } = await process.ask({ reservation, kind: 'resend_code', payload: { pass }, actor });
    expect(answer).toEqual(ok('visit'));
  });
});
