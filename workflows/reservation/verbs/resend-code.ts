import { coreWith } from '../activities.ts';
import { advance } from '../advance.ts';
import { beside } from '../beside.ts';
import { handOver } from '../notification.ts';
import type { Verb } from './verb.ts';

/** A new 访客验证码 after too many wrong tries. */
export const resendCode: Verb<'resend_code'> = {
  refuse: (visit) => (visit.over ? 'wrong_stage' : undefined),

  handle(visit, { request, actor, pass }) {
    const { reservation } = visit.start;
    beside(visit, async () => {
      await coreWith('a new visit code').replaceVisitCode({ reservation, pass, request });
      await handOver({ reservation, kind: 'code', key: `${reservation}/code/${request}`, pass });
    });
    return advance(visit, {}, [{ kind: 'code_resent', actor, reference: pass }]);
  },
};
