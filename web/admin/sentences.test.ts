import { expect, test } from 'vitest';
import { credentialKinds } from '../../domain/credentials.ts';
import { emergencyKinds } from '../../domain/gate-emergency.ts';
import { handReasons } from '../../domain/hand-entry.ts';
import { type MessageKind, messageKindNames, messageKinds } from '../../domain/message-kinds.ts';
import { reasonCodes } from '../../domain/reason-codes.ts';
import { requestKinds, taskStatuses } from '../../domain/request.ts';
import { staffRoles } from '../../domain/staff-role.ts';
import { hasSentence } from '../../platform/i18n.ts';
import { auditActions, auditSubjects } from '../../store/audit/audit.ts';
import { timelineKinds } from '../../workflows/messages/activities.ts';
import { auditedContents, auditedLists } from './audit-subjects.ts';
import { listedStages } from './list.ts';

function reasonsOf(kind: MessageKind): string[] {
  const { reasonOf } = messageKinds[kind];
  return reasonOf
    ? [
        reasonOf({ returned: true, unpaid: false }),
        reasonOf({ returned: false, unpaid: false }),
        reasonOf({ returned: false, unpaid: true }),
      ]
    : [];
}

/** Keys that come as data from rows: a row of any kind can be shown in every language. */
test.each([
  ['admin.audit', auditActions],
  ['admin.audit_log.subjects', auditSubjects],
  ['admin.audit_log.lists', auditedLists],
  ['admin.audit_log.contents', auditedContents],
  ['admin.request', requestKinds],
  ['admin.request_status', ['pending', 'answered', 'refused']],
  ['message', messageKindNames.flatMap((kind) => [`${kind}.name`, `${kind}.status`])],
  ['message.reason', messageKindNames.flatMap(reasonsOf)],
  ['admin.message_status', ['pending', 'sent', 'failed', 'page']],
  ['admin.attempt', ['accepted', 'refused', 'unknown', 'open']],
  ['admin.by', ['wechat', 'sms']],
  ['credential.hand', ['name']],
  ['hand.reason', handReasons],
  ['emergency.kind', emergencyKinds],
  ['security.emergency.kind', emergencyKinds],
  ['console.outcome', reasonCodes],
  ['credential', credentialKinds.flatMap((kind) => [`${kind}.name`, `${kind}.how`])],
  ['admin.actor', ['visitor', 'staff', 'system', 'gate', 'anonymous', 'key']],
  [
    'admin.gate',
    ['pass', 'revoked'].flatMap((kind) => ['acknowledged', 'pulled', 'waiting'].map((at) => `${kind}_${at}`)),
  ],
  ['admin.next', [...listedStages.slice(1), 'registration', 'details']],
  ['staff.task', taskStatuses],
  ['staff.seen', ['in', 'out']],
  ['timeline', [...timelineKinds, 'approver_left']],
  ['staff_admin.roles', staffRoles],
])('%s', (group, keys) => {
  expect(keys.filter((key) => !hasSentence(`${group}.${key}`))).toEqual([]);
});
