import type { Knex } from 'knex';
import { contradictionCount } from '../gates/contradiction.ts';
import { type GateStatus, gateStatuses } from '../gates/gate-status.ts';
import { type GateMisuse, gateMisuses, misuseCount } from '../gates/misuse.ts';
import { isUndelivered, undeliveredMessages } from '../messages/message-fault.ts';
import type { TriedMessage } from '../messages/message-history.ts';
import { type UnreachedStaff, unreachedCount, unreachedStaff } from '../messages/staff-fault.ts';
import { purgeOverdue, purgeStatus } from '../own-data/retention.ts';
import { openPayFaultCount } from '../payments/fault.ts';
import { lateRefundCount } from '../payments/refund.ts';
import { type KeptRequest, overdueRequests } from '../reservations/request.ts';
import { isWebhookFault, type WebhookAtFault, webhooksAtFault } from '../webhooks/delivery.ts';
import { countFaces, type FaceCount } from './faces.ts';
import { type RestoredKey, restoredKeyCount, restoredKeys } from './restored-keys.ts';
import { isUnattended, type UnattendedDepartment, unattendedDepartments } from './unattended.ts';
import { isVisitFault, type VisitFault, visitFaults } from './visit-fault.ts';

/** What stands in the way right now: shown to admins, never silently dropped. */

export interface Faults {
  requests: KeptRequest[];
  /** Visits whose workflow had ended or is gone, and visits whose workflow gets no further. */
  visits: VisitFault[];
  messages: TriedMessage[];
  /** Staff whose address takes no mail, or to whom messages failed. */
  unreached: UnreachedStaff[];
  gates: GateStatus[];
  /** Gates that tried what they may not. */
  misuse: GateMisuse[];
  /** Departments that nobody answers for. */
  departments: UnattendedDepartment[];
  /** The daily deletion of what is past its time. */
  purge: { lastRun: Date | null; overdue: boolean };
  /** Faces that are kept, and whether that has to be filed: a line on the page, and an alert. */
  faces: FaceCount;
  /** Receivers of web hooks that were not told, or are gone. */
  webhooks: WebhookAtFault[];
  /** What a restore brought back of keys that had been replaced. */
  restored: RestoredKey[];
  /** Of money: what does not agree with the provider, and what is not back though it should be. The page of payments names each. */
  money: { differ: number; late: number };
}

const shown = 50;
/** A request younger than this is simply on its way. */
const patience = '10 seconds';

export async function findFaults(db: Knex): Promise<Faults> {
  const [requests, visits, messages, unreached, gates, misuse, departments, purge, faces, webhooks, restored, money] =
    await Promise.all([
      overdueRequests(db, { patience, limit: shown }),
      visitFaults(db, shown),
      undeliveredMessages(db, shown),
      unreachedStaff(db, shown),
      gateStatuses(db),
      gateMisuses(db),
      unattendedDepartments(db),
      purgeStatus(db),
      countFaces(db),
      webhooksAtFault(db),
      restoredKeys(db),
      moneyFaults(db),
    ]);
  return {
    requests,
    visits,
    messages,
    unreached,
    gates,
    misuse,
    departments,
    purge,
    faces,
    webhooks,
    restored,
    money,
  };
}

async function moneyFaults(db: Knex): Promise<Faults['money']> {
  const [row] = (await db.raw(`select ${openPayFaultCount}::int as differ, ${lateRefundCount}::int as late`)).rows;
  return row;
}

/** SQL for how many faults there are of each kind. A purge that is overdue is one. Faces that are near filing are none: they stay so many. */
export const faultCounts = {
  requests: `(select count(*) from request where status = 'pending' and created_at < now() - interval '${patience}')`,
  visits: `(select count(*) from visit_fault f where ${isVisitFault})`,
  messages: `(select count(*) from message m where ${isUndelivered})`,
  unreached: unreachedCount,
  gates: `(select count(*) from gate g
     left join gate_acknowledgement a on a.gate_id = g.id
     left join gate_contact c on c.gate_id = g.id
     where g.retired_at is null and coalesce(a.degraded_since, c.disk_failing_since) is not null)`,
  misuse: misuseCount,
  departments: `(select count(*) from department d where ${isUnattended})`,
  purge: `${purgeOverdue}::int`,
  webhooks: `(select count(*) from webhook w where ${isWebhookFault})`,
  restored: restoredKeyCount,
  money: `(${openPayFaultCount} + ${lateRefundCount})`,
  contradictions: contradictionCount,
} satisfies Record<Exclude<keyof Faults, 'faces'> | 'contradictions', string>;

/** How much is wrong, for the number beside the page's name. */
export async function countFaults(db: Knex): Promise<number> {
  const [row] = (await db.raw(`select ${Object.values(faultCounts).join(' + ')} as count`)).rows;
  return Number(row.count);
}
