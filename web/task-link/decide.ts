import { answerAction } from '../../domain/request.ts';
import { type AnnouncedTask, announcedTask } from '../../store/approval/announced-task.ts';
import { keepDecision, type Listed } from '../../store/approval/decision.ts';
import type { Seen } from '../../store/approval/seen.ts';
import { findTaskLink, type LinkChannel, type TaskLink, useTaskLink } from '../../store/approval/task-link.ts';
import { type AuditRecord, record } from '../../store/audit/audit.ts';
import { keepRequest } from '../../store/reservations/request.ts';
import type { WebDeps } from '../deps.ts';
import type { Verdict } from '../inbox/answers/decide.ts';
import { ShownOtherwise } from '../inbox/seen.ts';

/** What somebody decides without a login: by the link in a mail, or by the button of a card. */
export interface DecisionByLink {
  token: string;
  channel: LinkChannel;
  answer: { verdict: Verdict; reason: string } & Listed;
  /** What was shown, and how the same is seen now; left out: a form of an earlier release. */
  shown: Seen | undefined;
  seenBy: (task: AnnouncedTask) => Seen;
  /** Which way it was, beside the address that it was sent to. */
  way: (link: TaskLink) => Record<string, unknown>;
  from: Pick<AuditRecord, 'addressHash' | 'requestId'>;
}

/**
 * In one transaction, after looking once more: the request, the decision by this person's right, the audit, the link used up.
 * @returns whether it decided. @throws ShownOtherwise
 */
export function decideByLink(
  { db, cipher }: Pick<WebDeps, 'db' | 'cipher'>,
  { token, channel, answer: { verdict, reason, refusedFor }, shown, seenBy, way, from }: DecisionByLink,
): Promise<boolean> {
  return db.transaction(async (trx) => {
    const link = await findTaskLink(trx, token, { lock: true, channel });
    if (!link?.good || !link.reservation || !(await useTaskLink(trx, link.id))) return false;
    const { id: request, staff, task, reservation } = link;
    const actor = { kind: 'staff', id: staff } as const;
    await keepRequest(trx, { id: request, reservation, actor, kind: 'decide', payload: { task, verdict } });
    const now = shown && (await announcedTask(trx, cipher, task));
    if (shown && (!now || seenBy(now).hash !== shown.hash)) throw new ShownOtherwise(['visit']);
    const more = { ...(refusedFor && { refusedFor }), ...(shown && { seen: shown }) };
    await keepDecision(trx, cipher, { request, reservation, staff, verdict, reason, ...more });
    await record(trx, {
      actor,
      action: answerAction('decide', verdict),
      subject: { kind: 'reservation', id: reservation },
      detail: { task, request, ...(refusedFor && { for: refusedFor.id }), ...way(link) },
      ...from,
    });
    return true;
  });
}
