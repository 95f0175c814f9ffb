import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  type ReplayHistoriesIterable,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../platform/log.ts';
import { installRuntime } from '../../platform/temporal.ts';
import * as workflows from '../all.ts';
import { feedGrew, strayEvent } from '../messages/gate.ts';
import { entered, left, messageFailed, paid, unreached, updates } from '../messages/reservation.ts';

/**
 * What was recorded must be replayed by today's workflows, event for event: visits in flight go on across a release.
 * A new way gets a history of its own (`npm run histories -- <name>`); none is recorded again.
 */
const folder = new URL('./', import.meta.url);
const names = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith('.history.json'));
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

describe('recorded histories', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    installRuntime(createLog('replay', 'silent'));
    const quiet = () => {};
    workflowBundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../all.ts', folder)),
      logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
  });

  const replay = async (history: unknown): Promise<Error | undefined> => {
    const histories = [{ workflowId: 'replayed', history }] as unknown as ReplayHistoriesIterable;
    for await (const result of Worker.runReplayHistories({ workflowBundle }, histories)) return result.error;
    throw new Error('Nothing was replayed');
  };

  it.each(names)('%s is replayed', async (name) => {
    expect(await replay(read(name))).toBeUndefined();
  });

  it('hold every type of workflow, every Update and every signal', () => {
    const heard = new Set<string>();
    for (const { events } of names.map(read)) {
      for (const event of events) {
        const { workflowExecutionStartedEventAttributes: started, workflowExecutionSignaledEventAttributes: signal } =
          event;
        const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
        heard.add(started?.workflowType.name ?? signal?.signalName ?? update?.name);
      }
    }
    const signals = [entered, left, messageFailed, unreached, paid, feedGrew, strayEvent];
    const all = [...Object.keys(workflows), ...Object.values(updates), ...signals];
    const named = all.map((one) => (typeof one === 'string' ? one : one.name));
    expect(named.filter((name) => !heard.has(name))).toEqual([]);
  });

  it('in another order fail their replay', async () => {
    const history = read('returning-visitor.history.json');
    const activity = history.events.find(
      (event: { activityTaskScheduledEventAttributes?: unknown }) => event.activityTaskScheduledEventAttributes,
    );
    activity.activityTaskScheduledEventAttributes.activityType.name = 'issuePasses';
    expect((await replay(history))?.name).toBe('DeterminismViolationError');
  });

  it('cost what the process promises: at most 60 events for a returning visitor, 75 for a first visit', () => {
    expect(read('returning-visitor.history.json').events.length).toBeLessThanOrEqual(60);
    expect(read('first-visit.history.json').events.length).toBeLessThanOrEqual(75);
  });
});
