import type { SeatAt } from '../../../domain/staff-role.ts';
import { findTextProblem, normaliseLine } from '../../../domain/text.ts';
import { AppError } from '../../../platform/errors.ts';
import { securityDeskOf } from '../../../store/approval/security-desk.ts';
import { couldTake } from '../../../store/approval/step-signers.ts';
import type { Task } from '../../../store/approval/task.ts';
import { keepTransfer } from '../../../store/approval/transfer.ts';
import { allDepartments } from '../../../store/content/content.ts';
import { someOnlyAudit } from '../../../store/staff/auditor.ts';
import { colleaguesOf, findColleague } from '../../../store/staff/colleague.ts';
import type { WebDeps } from '../../deps.ts';
import { longestReason, type TaskVerb } from './verb.ts';

const names = ['transfer_to', 'transfer_department', 'transfer_reason'] as const;
type Texts = Record<(typeof names)[number], string>;

export const problems = {
  empty: 'field.transfer_reason_empty',
  long: 'field.refusal_reason_too_long',
  characters: 'field.characters',
} as const;

/** 转交: to one colleague, or to a department that has approvers; what is the security desk's, to one of the desk. */
export const transfer: TaskVerb<'transfer', (typeof names)[number]> = {
  kind: 'transfer',
  path: 'transfer',
  texts: names,
  async offer(task, { db }) {
    const desk = await securityDeskOf(db, task.id);
    if (desk) return { departments: [], colleagues: desk.filter(({ id }) => id !== task.reader) };
    const [departments, colleagues] = await Promise.all([others(db, task), colleaguesOf(db, task.reader)]);
    return { departments, colleagues };
  },
  async check(texts, task, deps) {
    const seat = await readSeat(texts, task, deps);
    const reason = findTextProblem(texts.transfer_reason, { max: longestReason, required: true, lines: true });
    return { ...('fields' in seat && seat.fields), ...(reason && { transfer_reason: problems[reason] }) };
  },
  async say(texts, task, deps) {
    const seat = await readSeat(texts, task, deps);
    // It was checked a moment ago: somebody has signed or passed on beside it since.
    if ('fields' in seat) throw new AppError('task_moved', { status: 409 });
    return {
      payload: { task: task.id, to: seat },
      reason: texts.transfer_reason,
      write: (trx, request) => keepTransfer(trx, { request, task: task.id, to: seat }),
    };
  },
};

const others = async (db: WebDeps['db'], { department }: Task) =>
  (await allDepartments(db)).filter(({ id, attended, closedAt }) => attended && !closedAt && id !== department);

async function readSeat(
  texts: Texts,
  task: Task,
  { db }: WebDeps,
): Promise<SeatAt | { fields: Record<string, string> }> {
  const name = normaliseLine(texts.transfer_to);
  const department = texts.transfer_department;
  if (name === '' && department === '') return { fields: { transfer_to: 'field.transfer_to_empty' } };
  if (name !== '' && department !== '') return { fields: { transfer_department: 'field.transfer_to_both' } };
  const desk = await securityDeskOf(db, task.id);
  if (department !== '') {
    if (desk) return { fields: { transfer_to: 'field.transfer_to_desk' } };
    const known = (await others(db, task)).some(({ id }) => id === department);
    if (!known) return { fields: { transfer_department: 'field.choose' } };
    const free = await couldTake(db, { task: task.id, to: { department } });
    return free ? { department } : { fields: { transfer_department: 'field.transfer_department_part' } };
  }
  const found = await findColleague(db, name);
  if (found === 'nobody' || found === 'several') return { fields: { transfer_to: `field.colleague_${found}` } };
  if (found.id === task.reader) return { fields: { transfer_to: 'field.colleague_self' } };
  if (await someOnlyAudit(db, [found.id])) return { fields: { transfer_to: 'field.colleague_auditor' } };
  if (desk && !desk.some(({ id }) => id === found.id)) return { fields: { transfer_to: 'field.transfer_to_desk' } };
  const to: SeatAt = { department: task.department, ...(desk && { role: 'security' }), people: [found.id] };
  return (await couldTake(db, { task: task.id, to })) ? to : { fields: { transfer_to: 'field.transfer_to_part' } };
}
