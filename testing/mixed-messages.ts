import type { UpdateDefinition } from '@temporalio/common';
import { expect } from 'vitest';
import { runsOf } from '../delivery/runs.ts';
import type { Answer } from '../domain/request.ts';
import { type Asked, left, messageFailed, updates } from '../workflows/messages/reservation.ts';
import type { ProcessUnderTest } from './process.ts';
import { randomFrom } from './random.ts';
import { until } from './until.ts';
import { on } from './window.ts';
import { awaited, wishesOf } from './wishes.ts';

/** What the reservation must look like, from nothing but what it answered. */
interface Model {
  ordinals: number[];
  awaited: number[];
  /** A change waits for its approval. */
  waits: boolean;
  changes: number;
  /** Whom the newest version of the pass of ordinal 0 belongs to: how often it was bound. */
  bound: number;
  events: Set<string>;
  /** What was done, and the answer to it. */
  answered: { request: string; answer: Answer }[];
}

const mostChanges = 20;

/**
 * One visit lives through so many mixed messages – Updates that are allowed and refused, repeated ids, signals, words that
 * cannot be – and is cancelled. Compared with a model on the way and at the end.
 */
export async function liveThrough(process: ProcessUnderTest, { messages, seed }: { messages: number; seed: number }) {
  const { db, owner, client, content } = process;
  await owner('campus').where({ id: content.campus }).update({ daily_capacity: 1_000 });
  const wishes = wishesOf(process);
  const visitor = await process.aVisitor();
  const companions = await Promise.all([1, 2, 3, 4].map((ordinal) => wishes.aCompanion(visitor, ordinal)));
  const [late, ...present] = companions;
  if (!late) throw new Error('Nobody is awaited');
  const of = await process.submit(visitor, {
    ...on(2),
    people: [visitor.profile, ...present],
    awaited: [awaited(late)],
  });
  const { reservation } = of;
  const workflow = process.handle(reservation);
  await process.decide(reservation, 'approved');
  await process.reaches(reservation, 'visit');

  const model: Model = {
    ordinals: [0, 1, 2, 3, 4],
    awaited: [1],
    waits: false,
    changes: 0,
    bound: 0,
    events: new Set(),
    answered: [],
  };
  const random = randomFrom(seed);
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const done = ({ request, answer }: { request: string; answer?: Answer }) => {
    expect(answer).toMatchObject({ ok: true });
    if (answer) model.answered.push({ request, answer });
  };
  const refused = ({ answer }: { answer?: Answer }, code: string) => expect(answer).toEqual({ ok: false, code });

  async function say(): Promise<void> {
    const dice = random();
    if (dice < 0.35) return tellEvent();
    if (dice < 0.45) return workflow.signal(messageFailed, { event: 'no id', message: 'none' });
    if (dice < 0.6) return repeat();
    if (dice < 0.75) return refused(await wishes.removePerson(visitor, of, 9), 'no_such_person');
    if (dice < 0.85) return nudge();
    if (dice < 0.93) return bind();
    if (dice < 0.97) return changeOrTakeBack();
    return moveCompany();
  }

  /** Half of them once more: the same event. */
  async function tellEvent(): Promise<void> {
    const known = random() < 0.5 ? pick([...model.events].slice(-50)) : undefined;
    const event = process.anEvent(reservation, { direction: 'out', ...(known && { event: known }) });
    model.events.add(event.event);
    await workflow.signal(left, event);
  }

  /** As the relay does whose answer was lost. */
  async function repeat(): Promise<void> {
    const known = pick(model.answered.slice(-300));
    if (!known) return;
    const { kind, payload, actor_kind, actor_id } = await db('request').where({ id: known.request }).first();
    const update: UpdateDefinition<Answer, [Asked]> = updates[kind as keyof typeof updates];
    const asked = { ...payload, request: known.request, kind, actor: { kind: actor_kind, id: actor_id } };
    const again = await workflow.executeUpdate(update, { updateId: known.request, args: [asked] });
    expect(again).toEqual(known.answer);
  }

  async function nudge(): Promise<void> {
    const asked = await wishes.nudge(visitor, of);
    if (!model.waits) return refused(asked, 'wrong_stage');
    if (asked.answer?.ok) done(asked);
    else refused(asked, 'nudged_enough');
  }

  async function bind(): Promise<void> {
    done(await wishes.bindPhone(visitor, of));
    model.bound += 1;
  }

  async function changeOrTakeBack(): Promise<void> {
    if (model.waits) {
      done(await wishes.withdrawChange(visitor, of));
      model.waits = false;
      return;
    }
    const people = [visitor.profile, ...present.filter(({ ordinal }) => model.ordinals.includes(ordinal))];
    const asked = await wishes.change(visitor, of, { ...on(3), people });
    if (model.changes >= mostChanges) return refused(asked, 'too_many_changes');
    done(asked);
    model.changes += 1;
    model.waits = true;
  }

  async function moveCompany(): Promise<void> {
    if (late && model.awaited.includes(late.ordinal)) {
      done(await wishes.personReady(visitor, of, late));
      model.awaited = [];
      return;
    }
    const ordinal = pick(model.ordinals.filter((other) => other > 1));
    if (ordinal === undefined) return;
    done(await wishes.removePerson(visitor, of, ordinal));
    model.ordinals = model.ordinals.filter((other) => other !== ordinal);
  }

  async function compare(): Promise<void> {
    const recorded = () => db('gate_event').where({ reservation_id: reservation }).pluck('id');
    await until(async () => (await recorded()).length === model.events.size, 'every event, once');
    const row = await process.row(reservation);
    expect(row).toMatchObject({ stage: 'visit', ordinals: model.ordinals, persons: model.ordinals.length });
    expect(row.change_submission_id !== null).toBe(model.waits);
    const told = await db('timeline').where({ reservation_id: reservation, kind: 'left' }).pluck('reference');
    expect(told.toSorted()).toEqual([...model.events].toSorted());
    const ready = model.ordinals.filter((ordinal) => !model.awaited.includes(ordinal));
    await until(async () => (await standing()).join() === ready.join(), `passes of ${ready}`);
    const bound = await db('timeline').where({ reservation_id: reservation, kind: 'phone_bound' });
    expect(bound).toHaveLength(model.bound);
    expect(await db('pass').where({ reservation_id: reservation, ordinal: 0 })).toHaveLength(1 + model.bound);
    expect(await db('request').where({ reservation_id: reservation, status: 'pending' })).toEqual([]);
  }

  const standing = async (): Promise<number[]> =>
    (
      await db('pass').where({ reservation_id: reservation, revoked_at: null }).distinct('ordinal').orderBy('ordinal')
    ).map(({ ordinal }) => ordinal);

  for (let n = 1; n <= messages; n += 1) {
    await say();
    if (n % 100 === 0) await compare();
  }
  await compare();
  const answers = model.answered.map(({ request }) => request);
  expect(new Set(answers).size).toBe(answers.length);

  const runs: string[] = [];
  for await (const run of runsOf(client.workflow, await workflow.describe(), Number.POSITIVE_INFINITY)) runs.push(run);
  expect((await wishes.cancel(visitor, of)).answer).toMatchObject({ ok: true, stage: 'closed' });
  expect(await process.result(reservation)).toMatchObject({ outcome: 'cancelled' });
  expect(await standing()).toEqual([]);
  expect(await db('quota_hold').where({ reservation_id: reservation })).toEqual([]);
  return { runs: runs.length };
}
