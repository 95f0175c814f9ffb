import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { CompiledPolicy } from '../../domain/projection.ts';
import type { Transaction } from '../../platform/db.ts';
import type { RequiredSeat } from './seats.ts';

/** What admission compiled for a submission: kept as rows, so that the proof of its signatures needs no workflow's word. */

export type CompiledSteps = Required<Pick<CompiledPolicy, 'signatures' | 'steps' | 'version'>>;
type Step = Omit<CompiledSteps['steps'][number], 'step'> & { seats: RequiredSeat[] };

/** Of a submission that was admitted before, the same again. */
export async function findCompiled(db: Knex, submission: string): Promise<CompiledSteps | undefined> {
  const compiled = await db('compiled_policy').where({ submission_id: submission }).first('version_id', 'steps');
  if (!compiled) return undefined;
  const signatures = await db('required_signature')
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
  { version, once, steps }: { version: string; once: boolean; steps: Step[] },
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
