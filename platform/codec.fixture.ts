import { ApplicationFailure, condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

/** A workflow for the codec's test: everything it is told, asks and fails with holds the same secret. */
export const told = defineSignal<[{ secret: string; gate?: string; reservation?: string }]>('told');

export interface FixtureActivities {
  echo(request: { secret: string }): Promise<{ secret: string }>;
  stumble(request: { secret: string }): Promise<void>;
}

export async function carry({ queue }: { queue: string }): Promise<void> {
  let secret: string | undefined;
  setHandler(told, (message) => {
    secret = message.secret;
  });
  await condition(() => secret !== undefined);
  const { echo, stumble } = proxyActivities<FixtureActivities>({
    taskQueue: queue,
    startToCloseTimeout: '10 seconds',
    retry: { maximumAttempts: 1 },
    summary: secret ?? '',
  });
  const answer = await echo({ secret: secret ?? '' });
  await stumble(answer).catch(() => {});
  throw ApplicationFailure.nonRetryable(`gave up over ${answer.secret}`, 'refused', answer.secret);
}
