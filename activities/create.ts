import type { CoreActivities } from '../workflows/messages/activities.ts';
import { admit } from './admit.ts';
import type { ActivityDeps } from './deps.ts';
import { forgetDraft } from './drafts.ts';
import { gatesForwarded } from './forwarded.ts';
import { acknowledge, recordStrayEvent } from './gate.ts';
import { climb } from './ladder.ts';
import { movePolicy } from './move-policy.ts';
import { notify } from './notify.ts';
import { tellOfOverstay } from './overstay.ts';
import { issuePasses, revokePasses } from './passes.ts';
import { closeOrders, settlePayment } from './payment.ts';
import { project } from './project.ts';
import { putAside } from './put-aside.ts';
import { keepPlaces, releaseQuota } from './quota.ts';
import { purgeBatch, recordPurged } from './retention.ts';
import { replaceVisitCode } from './visit-code.ts';

export const createActivities = (deps: ActivityDeps): CoreActivities => ({
  project: project(deps),
  admit: admit(deps),
  climb: climb(deps),
  movePolicy: movePolicy(deps),
  keepPlaces: keepPlaces(deps),
  releaseQuota: releaseQuota(deps),
  settlePayment: settlePayment(deps),
  closeOrders: closeOrders(deps),
  issuePasses: issuePasses(deps),
  revokePasses: revokePasses(deps),
  tellOfOverstay: tellOfOverstay(deps),
  putAside: putAside(deps),
  notify: notify(deps),
  replaceVisitCode: replaceVisitCode(deps),
  gatesForwarded: gatesForwarded(deps),
  forgetDraft: forgetDraft(deps),
  acknowledge: acknowledge(deps),
  recordStrayEvent: recordStrayEvent(deps),
  purge: purgeBatch(deps),
  recordPurge: recordPurged(deps),
});
