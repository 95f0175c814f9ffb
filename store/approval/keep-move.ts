import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { seatKey } from '../../domain/kept-signatures.ts';
import { firstWaiting } from '../../domain/placed-signers.ts';
import { answersThatClose } from '../../domain/request.ts';
import type { Transaction } from '../../platform/db.ts';
import type { PlannedSeat } from './planned-seat.ts';
import type { MovePlan } from './policy-move.ts';

/** The rows of a visit's move to another version of its policy: by them alone its signatures are proved from then on. */

/** A signature of the round as its workflow knows it. */
export interface KnownTask {
  task: string;
  step: number;
  ordinal: number;
  status: 'open' | 'approved';
  decision?: string;
}

/** Whether an admin asked for it, in a row of its own. */
export async function isMoveAsked(
  trx: Knex,
  { request, reservation, version }: { request: string; reservation: string; version: string },
): Promise<boolean> {
  const asked = await trx('request as q')
    .join('staff as s', 's.id', 'q.actor_id')
    .where({ 'q.id': request, 'q.reservation_id': reservation, 'q.kind': 'move_policy', 'q.actor_kind': 'staff' })
    .whereRaw(`q.payload->>'version' = ?`, [version])
    .whereNot('q.status', 'refused')
    .where('s.is_admin', true)
    .whereNull('s.left_at')
    .first('q.id');
  return asked !== undefined;
}

/** Somebody's answer to one of its tasks is on its way: what it signs is not settled. */
export async function answerUnderWay(trx: Knex, reservation: string): Promise<boolean> {
  const kinds = [...answersThatClose(true), ...answersThatClose(false)];
  const waiting = { reservation_id: reservation, status: 'pending' };
  return (await trx('request').where(waiting).whereIn('kind', kinds).first('id')) !== undefined;
}

export const findMove = (trx: Knex, request: string): Promise<{ submission: string } | undefined> =>
  trx('policy_move').where({ request_id: request }).first('submission_id as submission');

/** Tasks that wait and that the new version asks for as well stay what they are, with whoever they were passed on to. */
export async function keepMove(
  trx: Transaction,
  { request, submission, tasks }: { request: string; submission: string; tasks: readonly KnownTask[] },
  plan: MovePlan,
): Promise<void> {
  const asked: SeatRow[] = await trx('required_now').where({ submission_id: submission });
  const ofPolicy = tasks.filter(({ task }) => !plan.added.some((one) => one.task === task));
  const proposals = await proposalsAt(trx, ofPolicy);
  await trx('policy_move').insert({
    request_id: request,
    submission_id: submission,
    version_id: plan.version,
    steps: JSON.stringify(plan.steps),
    once: plan.once,
  });
  const seats = withTasks(plan, ofPolicy, asked);
  await trx('required_signature').insert(
    seats.map(({ step, ordinal, task, department, role, people, notBy }) => ({
      submission_id: submission,
      move_id: request,
      step,
      ordinal,
      task_id: task,
      department_id: department,
      role,
      people,
      not_by: notBy ?? null,
    })),
  );
  const signers = withPlaces(plan, seats);
  if (signers.length > 0) {
    await trx('moved_signer').insert(
      signers.map(({ task, to, step, ordinal }) => ({ move_id: request, task_id: task, step, ordinal, to_task: to })),
    );
  }
  const kept = [...seats, ...signers].flatMap(({ step, ordinal, task, signed }) => {
    const decision = signed?.decision ?? proposals.get(task);
    return decision ? [{ request_id: decision, submission_id: submission, step, ordinal, move_id: request }] : [];
  });
  if (kept.length > 0) await trx('signature').insert(kept);
}

/** Who was added comes behind what the policy asks of a step, at a task of it: the same one, where it stays. */
function withPlaces({ added }: MovePlan, seats: readonly (PlannedSeat & { task: string })[]) {
  const taken = new Map<number, number>();
  return added.map(({ task, at, to, signed }) => {
    const own = seats.filter(({ step }) => step === at.step);
    const ordinal = taken.get(at.step) ?? own.length;
    taken.set(at.step, ordinal + 1);
    const seat = own.find((one) => one.task === to) ?? own.find((one) => one.ordinal === at.ordinal);
    if (!seat) throw new Error('Nobody is added to a step that nobody signs');
    return { task, to: seat.task, step: at.step, ordinal, signed };
  });
}

interface SeatRow {
  step: number;
  ordinal: number;
  department_id: string;
  role: string;
  people: string[] | null;
}

/** By task the newest proposal of another time that was made there: accepted, it is a signature. */
async function proposalsAt(trx: Knex, tasks: readonly KnownTask[]): Promise<Map<string, string>> {
  const open = tasks.filter(({ status }) => status === 'open').map(({ task }) => task);
  const rows: { id: string; task: string }[] = await trx('request as q')
    .join('signature as g', 'g.request_id', 'q.id')
    .where('q.kind', 'propose_time')
    .whereNot('q.status', 'refused')
    .whereRaw(`q.payload->>'task' = any(?::text[])`, [open])
    .orderBy('q.created_at')
    .select('q.id', trx.raw(`q.payload->>'task' as task`));
  return new Map(rows.map(({ id, task }) => [task, id]));
}

/** What is open, or was signed, keeps its task where it is asked for at once. */
function withTasks(
  { steps, seats, added }: MovePlan,
  tasks: readonly KnownTask[],
  asked: readonly SeatRow[],
): (PlannedSeat & { task: string })[] {
  const first = firstWaiting(steps, seats, added);
  const free = new Set(tasks);
  const take = (fits: (task: KnownTask) => boolean): string => {
    const found = [...free].find(fits);
    if (found) free.delete(found);
    return found?.task ?? randomUUID();
  };
  const seatOf = ({ step, ordinal }: KnownTask): string | undefined => {
    const seat = asked.find((one) => one.step === step && one.ordinal === ordinal);
    return seat && seatKey({ department: seat.department_id, role: seat.role, people: seat.people });
  };
  return seats.map((seat) => {
    const { step, signed } = seat;
    if (step > first) return { ...seat, task: randomUUID() };
    if (signed) return { ...seat, task: take(({ decision }) => decision === signed.decision) };
    if (step < first) return { ...seat, task: randomUUID() };
    return { ...seat, task: take((task) => task.status === 'open' && seatOf(task) === seatKey(seat)) };
  });
}
