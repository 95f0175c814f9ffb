import { continueAsNew, patched, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { type RetentionClass, retentionClasses } from '../../domain/retention.ts';
import type { CoreActivities } from '../messages/activities.ts';
import type { RetentionResult, RetentionStart } from '../messages/retention.ts';

const { purge, recordPurge } = proxyActivities<Pick<CoreActivities, 'purge' | 'recordPurge'>>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 4 },
});

/**
 * Everything that is past its time goes, class by class, photographs first, a batch an activity. A class that cannot be
 * purged holds up no other; the next run tries it again.
 */
export async function retention(start: RetentionStart = {}): Promise<RetentionResult> {
  const left = [...(start.left ?? (patched('money goes too') ? retentionClasses : withoutMoney()))];
  const counts = { ...start.counts };
  const failed = [...(start.failed ?? [])];
  for (let current = left[0]; current; current = left[0]) {
    try {
      const { count, more } = await purge({ class: current });
      if (count > 0) counts[current] = (counts[current] ?? 0) + count;
      if (!more) left.shift();
    } catch {
      failed.push(current);
      left.shift();
    }
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof retention>({ left, counts, failed });
  }
  await recordPurge({ counts, failed });
  return { counts, failed };
}

/** What there was when runs began that are still under way. */
const withoutMoney = (): RetentionClass[] =>
  retentionClasses.filter((one) => !['unpaid_orders', 'bill_comparisons', 'payments'].includes(one));
