import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readCompose, readTop } from '../testing/compose-file.ts';
import { stopTimes } from './stop-times.ts';

const { whole, web, worker, gate, door, traces, activities } = stopTimes;
/** What no step counts: writing the last lines, and turns of a busy process. */
const slack = 500;

it.each(Object.entries({ web, worker, gate, door }))(
  'the steps of %s and the traces end before it is cut off',
  (_, steps) => {
    const sum = Object.values(steps).reduce((all, one) => all + one, traces);
    expect(sum + slack).toBeLessThanOrEqual(whole);
  },
);

it('the engine lets a worker go before its step is over', () => {
  expect(activities.worker.cancelledAfter).toBeLessThan(activities.worker.leftAfter);
  expect(activities.worker.leftAfter).toBeLessThan(worker.work);
  expect(activities.gate.cancelledAfter).toBeLessThan(activities.gate.leftAfter);
  expect(activities.gate.leftAfter).toBeLessThan(gate.work);
});

it('containers are given longer than that', () => {
  const ours = Object.values(readCompose().services).filter(({ image }) => image.startsWith('xiaomen:'));
  expect(ours.length).toBeGreaterThan(5);
  for (const { stop_grace_period: patience } of ours) {
    const [, seconds] = /^(\d+)s$/.exec(String(patience)) ?? [];
    expect(Number(seconds) * 1_000).toBeGreaterThan(whole);
  }
  // 30 seconds where a manifest says nothing else.
  const pods = ['web', 'worker', 'door'].map((name) => {
    const deployment = parseAllDocuments(readTop(`deploy/kubernetes/${name}.yaml`))
      .map((one) => one.toJS())
      .find(({ kind }) => kind === 'Deployment');
    return deployment.spec.template.spec.terminationGracePeriodSeconds ?? 30;
  });
  expect(pods.filter((seconds) => seconds * 1_000 <= whole)).toEqual([]);
});
