import { inHours } from '../../../testing/bad-input/ground.ts';
import { staffLogins } from '../../../testing/system.ts';
import type { Entry } from '../entry.ts';
import { cashBack, feeDue } from '../grounds/fees.ts';
import { secondStep } from '../grounds/offices.ts';
import {
  appAt,
  codeOfApp,
  codeOfMessenger,
  colleagueAt,
  emergencyAtGate,
  insideWechat,
  ownPassword,
  phoneThatRead,
  signedInTwice,
  stoodInFor,
  withFilter,
  withMessenger,
  withWechat,
} from '../grounds/staff.ts';
import { askedToLeave, asStaff, byLink, claimed, signerAdded, taskAt } from '../grounds/visits.ts';
import type { FormKey } from '../sending.ts';

/** Forms of staff about themselves and their tasks. */

export const ofStaff: Record<FormKey, Entry> = {
  'post /staff/standing-in/delegations/:standIn/end': { ends: '/staff/standing-in', at: stoodInFor('delegation') },
  'post /staff/standing-in/assistants/:standIn/end': { ends: '/staff/standing-in', at: stoodInFor('assistant') },
  'post /staff/login': { ends: '/inbox', fill: staffLogins.approver },
  'post /staff/login/code': { ends: '/inbox', at: codeOfApp },
  'post /staff/forgotten': { ends: '/staff/forgotten' },
  'post /staff/password': {
    ends: '/staff/sessions',
    at: colleagueAt('/staff/password'),
    fill: { ...ownPassword, password: 'the gate beside the ginkgo', password_again: 'the gate beside the ginkgo' },
  },
  'post /staff/sign-out': { ends: '/staff/login', at: colleagueAt('/staff/me') },
  'post /staff/sessions/revocation': { ends: '/staff/login', at: colleagueAt('/staff/sessions') },
  'post /staff/sessions/:id/end': { ends: '/staff/sessions', at: signedInTwice },
  'post /staff/second-factor': { ends: '/staff/second-factor', at: colleagueAt('/staff/second-factor') },
  'post /staff/second-factor/confirmation': { ends: '/staff/second-factor', at: appAt(false) },
  'post /staff/wechat/code': { ends: '/staff/wechat/code', at: colleagueAt('/staff/wechat/code') },
  'post /staff/wechat/phone': { ends: '/staff/wechat/phone', draws: true, at: phoneThatRead },
  'post /staff/me/wechat': { ends: '/staff/me', at: insideWechat },
  'post /staff/me/wechat/unbinding': { ends: '/staff/me', at: withWechat() },
  'post /staff/me/wechat/retry': { ends: '/staff/me', at: withWechat('blocked') },
  'post /staff/me/messengers/:messenger': {
    ends: '/staff/me/messengers/wecom',
    at: colleagueAt('/staff/me/messengers/wecom'),
    fill: { ...ownPassword, user_id: 'host' },
  },
  'post /staff/me/messengers/:messenger/code': { ends: '/staff/me', at: codeOfMessenger },
  'post /staff/me/messengers/:messenger/unbinding': { ends: '/staff/me', at: withMessenger() },
  'post /staff/me/messengers/:messenger/retry': { ends: '/staff/me', at: withMessenger('no_user') },
  'post /staff/standing-in/delegations': {
    ends: '/staff/standing-in',
    at: colleagueAt('/staff/standing-in'),
    fill: { delegate: 'approver2' },
  },
  'post /staff/standing-in/assistants': {
    ends: '/staff/standing-in',
    at: colleagueAt('/staff/standing-in'),
    fill: { assistant: 'approver2' },
  },
  'post /staff/me': {
    ends: '/staff/me',
    at: colleagueAt('/staff/me'),
    fill: { ...ownPassword, email: 'wang@example.edu' },
  },
  'post /staff/second-factor/recovery-codes': { ends: '/staff/second-factor', at: appAt(true) },
  'post /staff/second-factor/removal': { ends: '/staff/second-factor', at: appAt(true) },
};

export const ofTasks: Record<FormKey, Entry> = {
  'post /inbox/filters/:id/removal': { ends: '/inbox', at: withFilter },
  'post /t/:token': {
    ends: '/t/:token',
    at: byLink,
    fill: { verdict: 'approved', username: staffLogins.approver.username },
  },
  'post /inbox/searches': { ends: '/inbox' },
  'post /inbox/filters': { ends: '/inbox' },
  'get /inbox': { ends: '/inbox' },
  'post /inbox/:taskId/claims': { ends: '/inbox/:id', at: taskAt() },
  'post /inbox/:taskId/decision': { ends: '/inbox/:id', at: taskAt(), button: 'button[value=approved]' },
  'post /inbox/:taskId/return': { ends: '/inbox/:id', at: taskAt(), fill: { return_reason: '请补充' } },
  'post /inbox/:taskId/step-return': { ends: '/inbox/:id', at: secondStep, fill: { step_reason: '请再核对' } },
  'post /inbox/:taskId/proposal': {
    ends: '/inbox/:id',
    at: taskAt(),
    fill: { propose_from: inHours(60), propose_until: inHours(62) },
  },
  'post /inbox/:taskId/transfer': {
    ends: '/inbox',
    at: taskAt(),
    fill: { transfer_to: 'approver2', transfer_department: '', transfer_reason: '请代为处理' },
  },
  'post /inbox/:taskId/decline': { ends: '/inbox', at: taskAt(), fill: { decline_reason: '与本人无关' } },
  'post /inbox/:taskId/comments': {
    ends: '/inbox/:id',
    at: taskAt(),
    fill: { comment_to: 'visitor', comment_text: '请带好证件' },
  },
  'post /inbox/:taskId/revocation': {
    ends: '/inbox/:id',
    at: taskAt('approved'),
    fill: { revocation_reason: 'conduct' },
  },
  'post /staff/visits/:id/departure': {
    ends: '/staff/visits/:id/departure',
    answers: 409,
    at: asStaff('security', ({ reservation }) => `/staff/visits/${reservation}/departure`, 'approved', askedToLeave),
  },
  'post /security/searches': { ends: '/security' },
  'post /security/evacuations': { ends: '/security/evacuations/:id' },
  'post /security/evacuations/:id/marks': { ends: '/security/evacuations/:id' },
  'post /security/emergencies/:id/completion': {
    ends: '/security/emergencies',
    at: emergencyAtGate,
    fill: { words: '误报' },
  },
  'post /security/visits/:id/revocation': { ends: '/security/visits/:id', fill: { revocation_reason: 'conduct' } },
  'post /security/visits/:id/cash': { ends: '/security/visits/:id', at: feeDue },
  'post /security/visits/:id/payouts': { ends: '/security/visits/:id', at: cashBack },
  'post /inbox/:taskId/signers': {
    ends: '/inbox/:id',
    at: taskAt(),
    fill: { signer: 'approver2', signer_reason: '请一并把关', signer_place: 'after' },
  },
  'post /inbox/:taskId/signer-removals': { ends: '/inbox/:id', at: taskAt('waiting', signerAdded) },
  'post /inbox/:taskId/claims/release': { ends: '/inbox/:id', at: taskAt('waiting', claimed) },
  'post /inbox/:taskId/withdrawal': { ends: '/inbox/:id', at: taskAt('approved'), fill: { withdraw_reason: '看错了' } },
  'post /inbox/:taskId/unmasking': {
    ends: '/inbox/:id/unmasking',
    draws: true,
    at: taskAt('waiting', (system) => system.owner('staff').update({ may_unmask: true })),
    fill: { unmask_reason: '核对证件' },
  },
};
