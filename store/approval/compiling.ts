import type { Knex } from 'knex';
import type { PolicyDocument } from '../../domain/policy.ts';
import { factsOfPeople, stepsFor } from '../../domain/policy-facts.ts';
import type { CompiledPolicy } from '../../domain/projection.ts';
import { minute } from '../../domain/time.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { specialDays } from '../content/working-calendar.ts';
import { readSubmission } from '../reservations/submission.ts';
import { hostsKeptOut } from './host.ts';
import { type RequiredSeat, seatsOf, type Visited } from './seats.ts';
import { staffWhoVisit } from './visiting-staff.ts';

/** What a version of a policy asks of a submission at this moment: conditions are answered, and each signature has its seat. */

export type CompiledStep = Omit<NonNullable<CompiledPolicy['steps']>[number], 'step'> & { seats: RequiredSeat[] };

/** A submission, and who of it comes. */
export interface Compiling {
  submission: string;
  ordinals: readonly number[];
}

export async function compileSteps(
  db: Knex,
  cipher: FieldCipher,
  document: PolicyDocument,
  { submission, ordinals }: Compiling,
): Promise<{ steps: CompiledStep[]; visited: Visited }> {
  const [wish, visiting] = [await readSubmission(db, cipher, submission), await staffWhoVisit(db, submission)];
  if (!wish) throw new Error('Nothing was submitted under this id');
  const { department, channel, answers, people } = wish;
  const window = { from: wish.from.getTime(), until: wish.until.getTime() };
  const asked = stepsFor(document, {
    ...window,
    ...factsOfPeople(
      people.filter(({ ordinal }) => ordinals.includes(ordinal)),
      window.from,
    ),
    channel,
    persons: ordinals.length,
    calendar: await specialDays(db, window.from),
  });
  const { host } = answers;
  const hosts = await hostsKeptOut(
    db,
    asked.map(({ step }) => step),
    { department, host },
  );
  const visited = { department, host, visiting, hosts };
  const steps: CompiledStep[] = [];
  for (const { step } of asked) {
    const { need, within, late } = step;
    steps.push({
      need,
      ...(within !== undefined && late && { within: within * minute, late }),
      seats: await seatsOf(db, step, visited),
    });
  }
  return { steps, visited };
}
