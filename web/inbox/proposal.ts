import type { RequestHandler } from 'express';
import { findTextProblem, normaliseText } from '../../domain/text.ts';
import { parseLocalDateTime } from '../../domain/time.ts';
import { findWindowProblems } from '../../domain/visit-window.ts';
import { keepProposal } from '../../store/approval/proposal.ts';
import type { Task } from '../../store/approval/task.ts';
import type { WebDeps } from '../deps.ts';
import { textsOf } from '../form-value.ts';
import { answerTask } from './answering.ts';
import { keepAnswer, longestReason } from './form.ts';

type ProposalForm = Record<'propose_from' | 'propose_until' | 'propose_note', string>;

const parse = (text: string): Date | undefined => (text ? parseLocalDateTime(text) : undefined);

/** 建议其他时间: as good as a signature under that time, if the visitor accepts it. */
export function proposeTime(deps: WebDeps): RequestHandler {
  return answerTask<ProposalForm>(deps, {
    read(req) {
      const texts = textsOf(req.body, ['propose_from', 'propose_until', 'propose_note']);
      return { ...texts, propose_note: normaliseText(texts.propose_note) };
    },
    check: findProblems,
    typed: (form) => ({ proposal: form }),
    keep(exchange, task, id, form) {
      const [from, until] = [parse(form.propose_from), parse(form.propose_until)];
      if (!from || !until) throw new Error('A proposal that was checked has a window');
      return keepAnswer(
        deps,
        exchange,
        task,
        {
          id,
          kind: 'propose_time',
          verdict: 'proposed',
          reason: form.propose_note,
          action: 'time_proposed',
          payload: { task: task.id, from: from.getTime(), until: until.getTime() },
        },
        (trx) => keepProposal(trx, { id, reservation: task.reservation, from, until }),
      );
    },
  });
}

function findProblems(form: ProposalForm, task: Task): Record<string, string> {
  const [from, until] = [parse(form.propose_from), parse(form.propose_until)];
  const window = findWindowProblems({ from, until }, Date.now());
  const note = findTextProblem(form.propose_note, { max: longestReason, lines: true });
  const fields: Record<string, string> = {};
  if (window.from) fields.propose_from = form.propose_from && !from ? 'field.time_invalid' : window.from;
  if (window.until) fields.propose_until = form.propose_until && !until ? 'field.time_invalid' : window.until;
  if (note) fields.propose_note = note === 'long' ? 'field.note_too_long' : 'field.characters';
  const same = Number(from) === Number(task.from) && Number(until) === Number(task.until);
  if (same && Object.keys(fields).length === 0) fields.propose_from = 'field.proposal_same';
  return fields;
}
