import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Stage } from '../../domain/reservation.ts';
import type { Visit } from './visit.ts';

/** What the engine's own pages show of a reservation: nothing personal, one change a stage at most. */

const visitStage = defineSearchAttributeKey('VisitStage', 'KEYWORD');
const visitOutcome = defineSearchAttributeKey('VisitOutcome', 'KEYWORD');
const campus = defineSearchAttributeKey('Campus', 'KEYWORD');
const department = defineSearchAttributeKey('Department', 'KEYWORD');
const channel = defineSearchAttributeKey('Channel', 'KEYWORD');
const visitStart = defineSearchAttributeKey('VisitStart', 'DATETIME');
const visitEnd = defineSearchAttributeKey('VisitEnd', 'DATETIME');

const details: Record<Stage, string> = {
  registration: '手机号已验证 · phone verified',
  details: '等待提交预约 · waiting for a submission',
  approval: '等待部门审批 · waiting for the department',
  payment: '等待缴费 · waiting for the fee',
  pass: '正在签发通行证 · issuing passes',
  visit: '通行证有效 · passes stand until the window ends',
  closed: '已结束 · closed',
};

/** Stages that last; the others pass within moments and are not worth an event. */
const announced = new Set<Stage>(['details', 'approval', 'payment', 'visit', 'closed']);

/** They belong to a run; search attributes go over to the next one by themselves. */
export function showDetails(visit: Visit): void {
  setCurrentDetails(visit.outcome ? `${details.closed} (${visit.outcome})` : details[visit.stage]);
}

export function showStage(visit: Visit): void {
  showDetails(visit);
  if (!announced.has(visit.stage)) return;
  const { policy } = visit;
  upsertSearchAttributes([
    { key: visitStage, value: visit.stage },
    ...(visit.outcome ? [{ key: visitOutcome, value: visit.outcome }] : []),
    ...(policy && visit.stage !== 'details'
      ? [
          { key: campus, value: policy.campus },
          { key: department, value: policy.department },
          { key: channel, value: policy.channel },
          { key: visitStart, value: new Date(policy.from) },
          { key: visitEnd, value: new Date(policy.until) },
        ]
      : []),
  ]);
}
