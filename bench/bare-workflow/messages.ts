import { defineSignal, defineUpdate } from '@temporalio/workflow';

/** What is said to the bare workflow: the same kinds of message in the same number as one reservation gets. */
export const bareQueue = 'bare';
export const bareType = 'bareReservation';
export const submitted = defineUpdate<number, [{ id: string }]>('submitted');
export const decided = defineUpdate<number, [{ id: string }]>('decided');
export const happened = defineSignal<[{ event: number }]>('happened');

/** Every event of the shape; `bareShape()` of a real history must equal it. */
export const shape = {
  events: 72,
  workflowTasks: 12,
  activities: 5,
  localActivities: 4,
  updates: 2,
  signals: 5,
  upserts: 4,
  timersStarted: 1,
  timersCancelled: 1,
};
