import { makeEnrolmentCode } from '../../../domain/gate-enrolment.ts';
import { testKeys } from '../../../testing/keys.ts';
import type { Entry, Given } from '../entry.ts';
import {
  boxAsks,
  dataAskedFor,
  policyOfDepartment,
  visitOfOlderVersion,
  withDirectoryToken,
} from '../grounds/offices.ts';
import { accountBefore, giveApp, giveGatePin, makeGuard, signedInAs, stoodInForBy } from '../grounds/staff.ts';
import { asStaff } from '../grounds/visits.ts';
import type { FileGiven, FormKey } from '../sending.ts';

/** Forms of offices. */

const staffSheet: FileGiven = {
  name: 'staff.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from('姓名,用户名\n王芳,sheet.wang'),
};

const aWebhook: Given = { label: 'park', url: 'https://park.example.edu/hooks', event: 'visit.ready' };
const aKey: Given = { scopes: 'departments:read', days: '30' };
const { folders } = await testKeys(['north', 'box']);
const keysOf = (gate: string): Given => ({
  identity_key: folders.gates[gate]?.identityKey.toString('hex') ?? '',
  sealing_key: folders.gates[gate]?.sealingKey.toString('hex') ?? '',
});

/** A code for each form: it is good once. */
const [looked, confirmed, refused] = [1, 2, 3].map((n) => makeEnrolmentCode(Buffer.alloc(17, n))) as [
  string,
  string,
  string,
];
const codes = 'post /admin/content/enrolments/codes';

export const ofAdmins: Record<FormKey, Entry> = {
  'post /admin/data-requests/:id/answer': {
    ends: '/admin/data-requests',
    at: dataAskedFor,
    button: 'button[value=refused]',
  },
  'post /admin/staff/:id/standing-in/delegations/:standIn/end': {
    ends: '/admin/staff/:id/standing-in',
    at: stoodInForBy('delegation'),
  },
  'post /admin/staff/:id/standing-in/assistants/:standIn/end': {
    ends: '/admin/staff/:id/standing-in',
    at: stoodInForBy('assistant'),
  },
  'post /admin/payments/faults/settlements': { ends: '/admin/payments' },
  'post /admin/payments/refunds/:id/payouts': { ends: '/admin/payments' },
  'get /admin/audit': { ends: '/admin/audit' },
  'post /admin/reservations/searches': { ends: '/admin/reservations' },
  'get /admin/reservations': { ends: '/admin/reservations' },
  'post /admin/reservations/:id/unmasking': { ends: '/admin/reservations/:id/unmasking', draws: true },
  'post /admin/reservations/:id/revocation': {
    ends: '/admin/reservations/:id',
    at: asStaff('admin', ({ reservation }) => `/admin/reservations/${reservation}`),
    fill: { revocation_reason: 'conduct' },
  },
  'post /admin/staff/searches': { ends: '/admin/staff' },
  'get /admin/staff': { ends: '/admin/staff' },
  'post /admin/staff/scim': { ends: '/admin/staff/scim' },
  'post /admin/staff/scim/:id/revocation': { ends: '/admin/staff/scim', at: withDirectoryToken },
  'post /admin/staff': { ends: '/admin/staff/:id', fill: { role: 'host' } },
  'post /admin/staff/imports': { ends: '/admin/staff/imports', draws: true, fill: { sheet: staffSheet } },
  'post /admin/staff/imports/confirmation': {
    ends: '/admin/staff/imports',
    first: { key: 'post /admin/staff/imports', fill: { sheet: staffSheet } },
  },
  'post /admin/staff/:id/standing-in/delegations': {
    ends: '/admin/staff/:id/standing-in',
    at: accountBefore(undefined, '/standing-in'),
    fill: { delegate: 'approver2' },
  },
  'post /admin/staff/:id/standing-in/assistants': {
    ends: '/admin/staff/:id/standing-in',
    at: accountBefore(undefined, '/standing-in'),
    fill: { assistant: 'approver2' },
  },
  'post /admin/staff/:id/edits': { ends: '/admin/staff/:id', at: accountBefore() },
  'post /admin/staff/:id/roles/removal': {
    ends: '/admin/staff/:id',
    at: accountBefore((system, id) => system.owner('staff_role').insert({ staff_id: id, role: 'auditor' })),
  },
  'post /admin/staff/:id/roles': { ends: '/admin/staff/:id', at: accountBefore(), fill: { role: 'host' } },
  'post /admin/staff/:id/sessions/revocation': { ends: '/admin/staff/:id', at: accountBefore(signedInAs) },
  'post /admin/staff/:id/second-factor/removal': { ends: '/admin/staff/:id', at: accountBefore(giveApp) },
  'post /admin/staff/:id/gate-pin': { ends: '/admin/staff/:id', at: accountBefore(makeGuard) },
  'post /admin/staff/:id/gate-pin/removal': { ends: '/admin/staff/:id', at: accountBefore(giveGatePin) },
  'post /admin/staff/:id/departure': { ends: '/admin/staff/:id', at: accountBefore() },
  'post /admin/staff/:id/link': { ends: '/admin/staff/:id', at: accountBefore(), fill: { email: 'wang@example.edu' } },
  'post /admin/recoveries/:id/decision': { ends: '/admin/recoveries', button: 'button[value=refused]' },
  'post /admin/staff/:id/return': {
    ends: '/admin/staff/:id',
    at: accountBefore((system, id) => system.owner('staff').where({ id }).update({ left_at: new Date() })),
  },
};

export const ofContent: Record<FormKey, Entry> = {
  'post /admin/api-keys': { ends: '/admin/api-keys', fill: aKey },
  'post /admin/api-keys/:id/revocation': {
    ends: '/admin/api-keys',
    first: { key: 'post /admin/api-keys', fill: aKey },
  },
  'post /admin/webhooks': { ends: '/admin/webhooks/:id', fill: aWebhook },
  'post /admin/webhooks/:id/trials': { ends: '/admin/webhooks/:id' },
  'post /admin/webhooks/:id/secrets': { ends: '/admin/webhooks/:id' },
  'post /admin/webhooks/:id/stop': {
    ends: '/admin/webhooks/:id',
    first: { key: 'post /admin/webhooks', fill: aWebhook },
  },
  'post /admin/webhooks/:id/deliveries/:delivery/repetition': { ends: '/admin/webhooks/:id' },
  'post /admin/content/campuses/:id/fees': { ends: '/admin/content/campuses/:id/fees' },
  'post /admin/policies/:id/preview': { ends: '/admin/policies/new/preview', draws: true },
  'post /admin/policies/:id/versions': { ends: '/admin/policies' },
  'post /admin/policies/:id/removal': { ends: '/admin/policies', at: policyOfDepartment },
  'post /admin/policies/:id/visits/comparison': {
    ends: '/admin/policies/:id/visits/comparison',
    draws: true,
    at: visitOfOlderVersion,
  },
  'post /admin/policies/:id/moves': {
    ends: '/admin/policies/:id/moves/:id',
    at: visitOfOlderVersion,
    first: { key: 'post /admin/policies/:id/visits/comparison' },
  },
  'post /admin/content/closed-days': { ends: '/admin/content/closed-days' },
  'post /admin/content/closed-days/:campus/:day/removal': { ends: '/admin/content/closed-days' },
  'post /admin/content/calendar': { ends: '/admin/content/calendar', fill: { works: 'holiday' } },
  'post /admin/content/calendar/:day/removal': { ends: '/admin/content/calendar' },
  'post /admin/content/calendar/:day/edits': { ends: '/admin/content/calendar' },
  'post /admin/content/office-hours/edits': { ends: '/admin/content' },
  'post /admin/content/university/edits': { ends: '/admin/content' },
  'post /admin/content/notices/:kind/preview': { ends: '/admin/content/notices/terms/preview', draws: true },
  'post /admin/content/notices/:kind/versions': { ends: '/admin/content/notices/terms' },
  'post /admin/content/guides/:campus/:kind/preview': { ends: '/admin/content/guides/:id/dining/preview', draws: true },
  'post /admin/content/guides/:campus/:kind/versions': { ends: '/admin/content/guides/:id/dining' },
  'post /admin/content/campuses': { ends: '/admin/content' },
  'post /admin/content/reasons': { ends: '/admin/content/reasons' },
  'post /admin/content/refusal-reasons': { ends: '/admin/content/refusal-reasons' },
  'post /admin/content/gates': { ends: '/admin/content', fill: { gate_id: 'north', ...keysOf('north') } },
  'post /admin/content/departments': { ends: '/admin/content/departments' },
  'post /admin/content/campuses/:id/edits': { ends: '/admin/content' },
  'post /admin/content/departments/:id/edits': { ends: '/admin/content/departments' },
  'post /admin/content/reasons/:id/edits': { ends: '/admin/content/reasons' },
  'post /admin/content/refusal-reasons/:id/edits': { ends: '/admin/content/refusal-reasons' },
  'post /admin/content/gates/:id/edits': { ends: '/admin/content' },
  'post /admin/content/gates/:id/keys': { ends: '/admin/content', fill: keysOf('box') },
  [codes]: { ends: '/admin/content/enrolments/codes', draws: true, at: boxAsks(looked), fill: { code: looked } },
  'post /admin/content/enrolments': {
    ends: '/admin/content',
    at: boxAsks(confirmed),
    first: { key: codes, fill: { code: confirmed } },
    fill: { gate_id: 'orchard' },
  },
  'post /admin/content/enrolments/refusals': {
    ends: '/admin/content/enrolments/new',
    at: boxAsks(refused),
    first: { key: codes, fill: { code: refused } },
  },
  'post /admin/content/gates/:id/reissue': { ends: '/admin/content' },
};
