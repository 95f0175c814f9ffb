import { findTextProblem } from '../../../domain/text.ts';
import { parseLocalDateTime, toLocalInput } from '../../../domain/time.ts';
import { findWindowProblems } from '../../../domain/visit-window.ts';
import { keepProposal } from '../../../store/approval/proposal.ts';
import { taskToSignFirst } from './sign-first.ts';
import { longestReason, type TaskVerb } from './verb.ts';

const parse = (text: string): Date | undefined => (text ? parseLocalDateTime(text) : undefined);
const isTyped = (asked: Date, typed: Date | undefined): boolean =>
  typed !== undefined && toLocalInput(typed) === toLocalInput(asked);

/** 建议其他时间: as good as a signature under that time, if the visitor accepts it. */
export const proposeTime: TaskVerb<'propose_time', 'propose_from' | 'propose_until' | 'propose_note'> = {
  kind: 'propose_time',
  path: 'proposal',
  texts: ['propose_from', 'propose_until', 'propose_note'],
  /** Times in the visitor's own window until another is typed. */
  async offer(task, { db }) {
    if (task.change || (await taskToSignFirst(db, task))) return undefined;
    return {
      typed: {
        propose_from: toLocalInput(task.from),
        propose_until: toLocalInput(task.until),
      },
    };
  },
  check(texts, task) {
    const [from, until] = [parse(texts.propose_from), parse(texts.propose_until)];
    const window = findWindowProblems({ from, until }, Date.now());
    const note = findTextProblem(texts.propose_note, { max: longestReason, lines: true });
    const fields: Record<string, string> = {};
    if (window.from) fields.propose_from = texts.propose_from && !from ? 'field.time_invalid' : window.from;
    if (window.until) fields.propose_until = texts.propose_until && !until ? 'field.time_invalid' : window.until;
    if (note) fields.propose_note = note === 'long' ? 'field.note_too_long' : 'field.characters';
    // In minutes, as they are typed: what was asked for may have seconds.
    const same = isTyped(task.from, from) && isTyped(task.until, until);
    if (same && Object.keys(fields).length === 0) fields.propose_from = 'field.proposal_same';
    return fields;
  },
  say(texts, task) {
    const [from, until] = [parse(texts.propose_from), parse(texts.propose_until)];
    if (!from || !until) throw new Error('A proposal that was checked has a window');
    return {
      payload: { task: task.id, from: from.getTime(), until: until.getTime() },
      reason: texts.propose_note,
      write: (trx, id) => keepProposal(trx, { id, reservation: task.reservation, from, until }),
    };
  },
};
