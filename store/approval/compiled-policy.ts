import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { CompiledPolicy } from '../../domain/projection.ts';
import type { Transaction } from '../../platform/db.ts';
import type { CompiledStep } from './compiling.ts';
import type { RequiredSeat } from './seats.ts';
import { stillGiven } from './withdrawal.ts';

/**
 * What admission, or a move to another version of the policy, compiled for a submission: kept as rows, so that the proof of its
 * signatures needs no workflow's word.
 */

export type CompiledSteps = Required<Pick<CompiledPolicy, 'signatures' | 'steps' | 'version'>>;

/** What a submission that was admitted needs at this moment. */
export async function findCompiled(db: Knex, submission: string): Promise<CompiledSteps | undefined> {
  const compiled = await db('compiled_now').where({ submission_id: submission }).first('version_id', 'steps');
  if (!compiled) return undefined;
  const signatures = await db('required_now')
    .where({ submission_id: submission })
    .orderBy(['step', 'ordinal'])
    .select<RequiredRow[]>('step', 'ordinal', 'task_id', 'department_id', 'role', 'people');
  return {
    version: compiled.version_id,
    steps: (compiled.steps as object[]).map((step, number) => ({ ...step, step: number })) as CompiledSteps['steps'],
    signatures: signatures.map(readSignature),
  };
}

export async function keepCompiled(
  trx: Transaction,
  submission: string,
  { version, once, steps }: { version: string; once: boolean; steps: CompiledStep[] },
): Promise<void> {
  await trx('compiled_policy').insert({
    submission_id: submission,
    version_id: version,
    once,
    steps: JSON.stringify(steps.map(({ seats: _, ...step }) => step)),
  });
  await trx('required_signature').insert(
    steps.flatMap(({ seats }, step) =>
      seats.map(({ department, role, people, notBy }, ordinal) => ({
        submission_id: submission,
        step,
        ordinal,
        task_id: randomUUID(),
        department_id: department,
        role,
        people,
        not_by: notBy ?? null,
      })),
    ),
  );
}

/** By `step.ordinal` the decision that signed it; one that is not accepted yet, a proposal, is none. */
export async function findSigned(db: Knex, submission: string): Promise<Map<string, string>> {
  const rows: { step: number; ordinal: number; decision: string }[] = await db('signature_now as g')
    .join('decision as d', 'd.request_id', 'g.request_id')
    .join('request as q', 'q.id', 'g.request_id')
    .where('g.submission_id', submission)
    .whereNot('q.status', 'refused')
    .whereRaw(stillGiven('d'))
    .whereRaw(
      `(d.verdict = 'approved' or exists (select from request a where a.kind = 'answer_proposal' and a.status <> 'refused'
        and a.reservation_id = d.reservation_id and a.payload->>'submission' = g.submission_id::text
        and a.payload->>'accept' = 'true' and a.payload->>'proposal' = d.request_id::text))`,
    )
    .select('g.step', 'g.ordinal', 'g.request_id as decision');
  return new Map(rows.map(({ step, ordinal, decision }) => [`${step}.${ordinal}`, decision]));
}

interface RequiredRow {
  step: number;
  ordinal: number;
  task_id: string;
  department_id: string;
  role: RequiredSeat['role'];
  people: string[] | null;
}

const readSignature = (row: RequiredRow): CompiledSteps['signatures'][number] => ({
  step: row.step,
  ordinal: row.ordinal,
  department: row.department_id,
  ...(row.role !== 'approver' && { role: row.role }),
  ...(row.people && { people: row.people }),
  task: row.task_id,
});
