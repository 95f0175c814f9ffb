import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { narrows } from '../../activities/narrowing.ts';
import { type RequestKind, refusalCodes, requests } from '../../domain/request.ts';
import type { Outcome, Stage } from '../../domain/reservation.ts';
import { hasEverySignature } from '../../store/approval/signature.ts';
import { reservationWorkflowId, updates } from '../../workflows/messages/reservation.ts';
import type { System } from '../system.ts';
import { until } from '../until.ts';

/** What holds of every visit at every moment, and what holds as soon as nothing is under way. */

interface Seen {
  stage: Stage;
  outcome: Outcome | null;
  round: number;
  change: string | null;
  submission: string;
  tasks: { id: string; round: number; status: string; step: number; ordinal: number; actors: number }[];
}

/** What a line of the audit says it is about. */
interface Detail {
  request?: string;
  submission?: string;
}

/** One statement: one moment. */
const momentSql = `select r.stage, r.outcome, r.round, r.change_submission_id as change, r.submission_id as submission,
  (select coalesce(json_agg(json_build_object('id', t.id, 'round', t.round, 'status', t.status, 'step', t.step,
      'ordinal', t.ordinal, 'actors', (select count(*)::int from task_actor a where a.task_id = t.id))
      order by t.round, t.step, t.ordinal), '[]') from task t where t.reservation_id = r.id) as tasks
  from reservation r where r.id = ?`;

/** Of one visit, looked at again and again. */
export function invariantsOf(system: System, { reservation, asked }: { reservation: string; asked: string }) {
  const { db, cipher, client } = system;
  let outcome: Outcome | null = null;

  /** Looked at while anything may be under way. */
  async function holdsNow(): Promise<Seen> {
    const { rows } = await db.raw<{ rows: [Seen] }>(momentSql, [reservation]);
    const [seen] = rows;
    const { stage, tasks } = seen;
    expect(seen.outcome !== null, 'an outcome, where it is closed').toBe(stage === 'closed');
    if (outcome !== null) expect(seen.outcome, 'its outcome stays').toBe(outcome);
    outcome = seen.outcome;
    const open = tasks.filter(({ status }) => status === 'open');
    const undecided = stage === 'approval' || seen.change !== null;
    const rounds = [...new Set(open.map(({ round }) => round))];
    expect(rounds, `open rounds in ${stage}`).toEqual(undecided ? [Math.max(...tasks.map(({ round }) => round))] : []);
    for (const task of open) expect(task, 'an open task has somebody who can act').not.toMatchObject({ actors: 0 });
    return seen;
  }

  /** Nothing is under way: no request waits, and the row shows every answer. */
  const isAtRest = async () => {
    const { rows } = await db.raw(
      `select count(*) filter (where q.status = 'pending')::int as waiting,
          coalesce(max((q.answer->>'seq')::int), 0) <= r.seq as shown
        from reservation r join request q on q.reservation_id = r.id where r.id = ? group by r.seq`,
      [reservation],
    );
    return rows[0]?.waiting === 0 && rows[0].shown;
  };

  async function passesAreSigned({ submission, stage }: Seen): Promise<string | undefined> {
    const live = await db('pass').where({ reservation_id: reservation, revoked_at: null }).pluck('ordinal');
    if (live.length === 0) return undefined;
    if (stage !== 'pass' && stage !== 'visit') return `passes stand in ${stage}`;
    return (await hasEverySignature(db, { cipher, narrows }, submission))
      ? undefined
      : 'a pass without every signature';
  }

  async function placesAddUp(): Promise<void> {
    const { rows } = await db.raw(`select l.day, l.held, coalesce(sum(h.count), 0)::int as holds from slot l
      left join quota_hold h on h.campus_id = l.campus_id and h.day = l.day
      group by l.campus_id, l.day, l.held having l.held <> coalesce(sum(h.count), 0)`);
    expect(rows, 'the places of a day are the sum of its holds').toEqual([]);
  }

  async function auditIsComplete(): Promise<void> {
    const kept: { id: string; kind: RequestKind; actor: string; submission: string | null }[] = await db('request')
      .where({ reservation_id: reservation, status: 'answered' })
      .whereNot({ id: asked })
      .select('id', 'kind', 'actor_id as actor', db.raw(`payload->>'submission' as submission`));
    const lines: { action: string; actor_id: string; detail: Detail }[] = await db('audit').where({
      subject_id: reservation,
    });
    for (const { id, kind, actor, submission } of kept) {
      const actions: readonly string[] = requests[kind].audit;
      const speaksOf = (detail: Detail) =>
        kind === 'submit' ? detail.submission === submission : detail.request === id;
      const own = lines.filter(({ action, detail }) => actions.includes(action) && speaksOf(detail));
      expect(own, `one line of the audit for ${kind}`).toMatchObject([{ actor_id: actor }]);
    }
    const comments = await db('task_comment').where({ reservation_id: reservation }).whereNotNull('staff_id');
    expect(lines.filter(({ action }) => action === 'comment_written')).toHaveLength(comments.length);
  }

  /** What its validators say of tasks that rows call closed, and of one that there is not, tells stage and tasks. */
  async function workflowSaysTheSame({ stage, tasks }: Seen): Promise<void> {
    const handle = client.workflow.getHandle(reservationWorkflowId(reservation));
    if (stage === 'closed') {
      expect(await handle.result()).toMatchObject({ outcome });
      return;
    }
    expect((await handle.describe()).status.name).toBe('RUNNING');
    const ask = (task: string): Promise<unknown> => {
      const asked = {
        request: randomUUID(),
        kind: 'propose_time' as const,
        actor: { kind: 'staff' as const, id: randomUUID() },
      };
      return handle
        .executeUpdate(updates.propose_time, { args: [{ ...asked, task, from: 0, until: 1 }] })
        .catch(codeOf);
    };
    const inApproval = stage === 'approval';
    expect(await ask(randomUUID()), `a task that is none, in ${stage}`).toBe(
      inApproval ? 'wrong_stage' : 'task_closed',
    );
    const closed = tasks.filter(({ status }) => status !== 'open').at(-1);
    if (closed) expect(await ask(closed.id), 'a task that is closed').toBe('task_closed');
  }

  return {
    holdsNow,
    /** Waits until nothing is under way, and looks at everything. */
    async holdsAtRest(): Promise<Seen> {
      await until(isAtRest, 'every answer shows', 20);
      let said: string | undefined;
      await until(
        async () => {
          said = await passesAreSigned(await holdsNow());
          return said === undefined;
        },
        'every pass that stands is signed',
        15,
      ).catch((error) => {
        throw new Error(said ?? String(error));
      });
      await placesAddUp();
      await auditIsComplete();
      const seen = await holdsNow();
      await workflowSaysTheSame(seen);
      return seen;
    },
  };
}

/** The code in a refusal of a validator, however deep the engine has wrapped it. */
function codeOf(error: unknown): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = refusalCodes.find((one) => one === (cause as Error).message);
    if (code) return code;
  }
  throw error;
}
