import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { CoreActivities } from '../messages/activities.ts';

/** How each activity is tried: quickly at first, then every ten seconds for as long as it takes. */
const retry = { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' } as const;
const cancellationType = ActivityCancellationType.TRY_CANCEL;
const quick = { startToCloseTimeout: '10 seconds', retry, cancellationType } as const;

export const core = proxyActivities<CoreActivities>(quick);

/** The same with a line for people who look at the history; never anything personal. */
export const coreWith = (summary: string) => proxyActivities<CoreActivities>({ ...quick, summary });

/** Partners answer slowly; a hand-over waits for them a while. */
export const messages = (summary: string) =>
  proxyActivities<Pick<CoreActivities, 'notify'>>({
    ...quick,
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '12 seconds',
    summary,
  });

/** Who may act next, and when; worth nothing once the decision is due. */
export const climbing = (left: number) =>
  proxyActivities<Pick<CoreActivities, 'climb'>>({ ...quick, scheduleToCloseTimeout: left, summary: 'the ladder' });

/** Asks until every gate has forwarded; the activity itself says when to ask again. */
export const settling = (settleFor: number) =>
  proxyActivities<Pick<CoreActivities, 'gatesForwarded'>>({
    ...quick,
    scheduleToCloseTimeout: settleFor,
    summary: 'gates forward what they saw',
  });

/** The provider may be away; after an hour nothing waits for it any more. */
export const closingOrders = proxyActivities<Pick<CoreActivities, 'closeOrders'>>({
  ...quick,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '1 hour',
  summary: 'orders closed',
});

/** Both attempts end before the workflow task does (10 s). */
export const local = proxyLocalActivities<Pick<CoreActivities, 'project'>>({
  startToCloseTimeout: '4 seconds',
  retry: { initialInterval: '100 milliseconds', maximumAttempts: 2 },
});
