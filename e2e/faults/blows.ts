import type { OwnGround } from '../../testing/system/ground.ts';
import type { System } from '../../testing/system.ts';

/** What a visit has come to. */
const milestones = ['registered', 'submitted', 'approved', 'entered', 'ended'] as const;
export type Milestone = (typeof milestones)[number];

const victims = ['worker', 'web', 'door', 'gate-south', 'gate-east', 'postgres', 'engine'] as const;
export type Victim = (typeof victims)[number];

/** kill -9, once so many visits have come so far. */
export interface Blow<M extends string = Milestone> {
  milestone: M;
  count: number;
  victim: Victim;
}

/** Each victim at several stages; while one visit stands at the named one, others are at all of them. */
export const plan: Blow[] = [
  ...blows('registered', { 6: 'web', 20: 'postgres', 34: 'worker' }),
  ...blows('submitted', { 5: 'worker', 15: 'engine', 25: 'web', 35: 'postgres', 45: 'worker' }),
  ...blows('approved', { 4: 'engine', 10: 'worker', 16: 'postgres', 22: 'web', 28: 'gate-south', 34: 'engine' }),
  ...blows('entered', { 4: 'gate-south', 9: 'gate-east', 12: 'door', 14: 'worker', 19: 'engine', 24: 'postgres' }),
  ...blows('ended', { 12: 'worker', 14: 'gate-east', 20: 'postgres', 25: 'door', 30: 'engine' }),
];

export function blows<M extends string>(milestone: M, at: Record<number, Victim>): Blow<M>[] {
  return Object.entries(at).map(([count, victim]) => ({ milestone, count: Number(count), victim }));
}

/** Strikes as visits come along, one blow after the other; what was struck is brought back at once. */
export function createStriker<M extends string>(system: System, ground: OwnGround, due: readonly Blow<M>[]) {
  const reached = new Map<M, number>();
  const open = new Set(due);
  const done: (Blow<M> & { backAfter: number })[] = [];
  let striking: Promise<void> = Promise.resolve();
  const { promise: broken, reject: isBroken } = Promise.withResolvers<never>();
  broken.catch(() => {});

  async function strike(blow: Blow<M>): Promise<void> {
    const target = targetOf(blow.victim, system, ground);
    const began = Date.now();
    await target.kill();
    try {
      await target.start();
    } catch (error) {
      throw new Error(`${blow.victim} did not come back: ${(error as Error).message}`, { cause: error });
    }
    done.push({ ...blow, backAfter: Date.now() - began });
  }

  return {
    reached(milestone: M): void {
      const count = (reached.get(milestone) ?? 0) + 1;
      reached.set(milestone, count);
      for (const blow of open) {
        if (blow.milestone !== milestone || blow.count > count) continue;
        open.delete(blow);
        striking = striking.then(() => strike(blow));
        striking.catch(isBroken);
      }
    },
    /** Resolves when every blow that came due has been struck and mended. */
    settled: (): Promise<void> => striking,
    /** Rejects when what was struck did not come back: visitors who wait in vain say less about the cause. */
    broken,
    done,
    open,
  };
}

function targetOf(victim: Victim, system: System, ground: OwnGround) {
  if (victim === 'postgres') return ground.postgres;
  if (victim === 'engine') return ground.engine;
  return system.parts[victim];
}
