import type { Knex } from 'knex';
import type { FieldCipher } from '../platform/crypto.ts';
import type { SigningRing } from '../platform/keys.ts';
import type { Sms } from '../platform/sms.ts';
import type { Wechat } from '../platform/wechat.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import { admit } from './admit.ts';
import { forgetDraft } from './drafts.ts';
import { gatesForwarded } from './forwarded.ts';
import { acknowledge, recordStrayEvent } from './gate.ts';
import { notify } from './notify.ts';
import { issuePasses, revokePasses } from './passes.ts';
import { project } from './project.ts';
import { releaseQuota } from './quota.ts';
import { replaceVisitCode } from './visit-code.ts';

/** The outside world, as the activities need it. */
export interface ActivityDeps {
  db: Knex;
  cipher: FieldCipher;
  /** Held by `worker` alone. */
  passKeys: SigningRing;
  wechat: Wechat;
  sms: Sms;
  /** Where a message's link leads. */
  publicUrl: string;
}

export const createActivities = (deps: ActivityDeps): CoreActivities => ({
  project: project(deps),
  admit: admit(deps),
  releaseQuota: releaseQuota(deps),
  issuePasses: issuePasses(deps),
  revokePasses: revokePasses(deps),
  notify: notify(deps),
  replaceVisitCode: replaceVisitCode(deps),
  gatesForwarded: gatesForwarded(deps),
  forgetDraft: forgetDraft(deps),
  acknowledge: acknowledge(deps),
  recordStrayEvent: recordStrayEvent(deps),
});
