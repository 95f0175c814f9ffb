import { condition } from '@temporalio/workflow';
import { awaitsDetails } from '../visit.ts';
import type { Verb } from './verb.ts';

const mostRefusals = 20;

/** A filled form: queued, and answered by the stage `details` when admission has looked at it. */
export const submit: Verb<'submit'> = {
  refuse: (visit) => (visit.refusals < mostRefusals ? undefined : 'too_many_submissions'),

  async handle(visit, told) {
    visit.submissions.push(told);
    await condition(() => visit.answers.has(told.request) || !awaitsDetails(visit));
    return visit.answers.get(told.request) ?? { ok: false, code: 'wrong_stage' };
  },
};
