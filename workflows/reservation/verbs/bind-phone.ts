import { advance } from '../advance.ts';
import { bindPass } from '../passes.ts';
import { policyOf, readyOf } from '../visit.ts';
import type { Verb } from './verb.ts';

/** The next version of a pass, good only together with the key of the phone that shows it. */
export const bindPhone: Verb<'bind_phone'> = {
  refuse(visit, { ordinal }) {
    if (visit.over) return 'wrong_stage';
    return readyOf(policyOf(visit)).includes(ordinal) ? undefined : 'no_such_person';
  },

  /** Answered when the next version is there, so that the phone need not ask again. */
  async handle(visit, { ordinal, binding, actor }) {
    const answer = advance(visit, {}, [{ kind: 'phone_bound', actor, reference: binding }]);
    await bindPass(visit, ordinal, binding);
    return answer;
  },
};
