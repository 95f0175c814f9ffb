import { randomUUID } from 'node:crypto';
import { type AddedPlace, addedPlaces } from '../../../domain/added-signer.ts';
import { findTextProblem, normaliseLine } from '../../../domain/text.ts';
import { AppError } from '../../../platform/errors.ts';
import { keepAddedSigner, mayAskMore, nextOrdinal, whyNotAdded } from '../../../store/approval/added-signer.ts';
import type { Task } from '../../../store/approval/task.ts';
import { colleaguesOf, findColleague } from '../../../store/staff/colleague.ts';
import type { WebDeps } from '../../deps.ts';
import { problems } from './transfer.ts';
import { longestReason, type TaskVerb } from './verb.ts';

const names = ['signer', 'signer_place', 'signer_reason'] as const;
type Texts = Record<(typeof names)[number], string>;

const isPlace = (text: string): text is AddedPlace => addedPlaces.some((one) => one === text);

/** 加签: a colleague signs before this task, or after it. */
export const addSigner: TaskVerb<'add_signer', (typeof names)[number]> = {
  kind: 'add_signer',
  path: 'signers',
  texts: names,
  async offer({ id, submission, reader }, { db }) {
    if (!(await mayAskMore(db, submission)) || (await whyNotAdded(db, { task: id }))) return undefined;
    return { colleagues: await colleaguesOf(db, reader) };
  },
  async check(texts, task, deps) {
    const { signer } = await readSigner(texts, task, deps);
    const reason = findTextProblem(texts.signer_reason, { max: longestReason, required: true, lines: true });
    return {
      ...(typeof signer === 'string' && { signer }),
      ...(!isPlace(texts.signer_place) && { signer_place: 'field.choose' }),
      ...(reason && { signer_reason: problems[reason] }),
    };
  },
  async say(texts, task, deps) {
    const { signer: found } = await readSigner(texts, task, deps);
    const place = texts.signer_place;
    // It was checked a moment ago: somebody has signed or was added beside it since.
    if (typeof found === 'string' || !isPlace(place)) throw new AppError('task_moved', { status: 409 });
    const ordinal = await nextOrdinal(deps.db, task.id);
    const signer = { task: randomUUID(), ordinal, department: task.department, person: found.id };
    return {
      payload: { task: task.id, place, signer },
      reason: texts.signer_reason,
      write: (trx, request) => keepAddedSigner(trx, { request, task: task.id, place, signer }),
    };
  },
};

/** Who is meant, or what is wrong with it, as a catalogue key. */
async function readSigner(
  { signer }: Texts,
  { id, submission, reader }: Task,
  { db }: WebDeps,
): Promise<{ signer: string | { id: string } }> {
  const name = normaliseLine(signer);
  if (name === '') return { signer: 'field.signer_empty' };
  const found = await findColleague(db, name);
  if (found === 'nobody' || found === 'several') return { signer: `field.colleague_${found}` };
  if (found.id === reader) return { signer: 'field.colleague_self' };
  const why = (await mayAskMore(db, submission)) ? await whyNotAdded(db, { task: id, person: found.id }) : 'added';
  return { signer: why ? `field.signer_${why}` : { id: found.id } };
}
