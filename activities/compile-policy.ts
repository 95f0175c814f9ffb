import { factsOfPeople, stepsFor } from '../domain/policy-facts.ts';
import { minute } from '../domain/time.ts';
import type { FieldCipher } from '../platform/crypto.ts';
import type { Transaction } from '../platform/db.ts';
import { type CompiledSteps, findCompiled, keepCompiled } from '../store/approval/compiled-policy.ts';
import { hostsKeptOut } from '../store/approval/host.ts';
import { policyInForce } from '../store/approval/policy.ts';
import { seatsOf } from '../store/approval/seats.ts';
import { staffWhoVisit } from '../store/approval/visiting-staff.ts';
import { specialDays } from '../store/content/working-calendar.ts';
import type { AdmissionFacts } from '../store/reservations/admission.ts';
import { readSubmission } from '../store/reservations/submission.ts';

/**
 * Who has to approve an admitted submission, by the policy in force at this moment: conditions are answered, and each
 * signature has its seat. Kept as rows; asked again, it is the same.
 */
export async function compilePolicy(
  trx: Transaction,
  cipher: FieldCipher,
  { submission, department, channel, from, until, ordinals }: AdmissionFacts,
): Promise<CompiledSteps> {
  const known = await findCompiled(trx, submission);
  if (known) return known;
  const [{ version, document }, wish, visiting] = [
    await policyInForce(trx, { department, channel }),
    await readSubmission(trx, cipher, submission),
    await staffWhoVisit(trx, submission),
  ];
  if (!wish) throw new Error('Nothing was submitted under this id');
  const window = { from: from.getTime(), until: until.getTime() };
  const asked = stepsFor(document, {
    ...window,
    ...factsOfPeople(
      wish.people.filter(({ ordinal }) => ordinals.includes(ordinal)),
      window.from,
    ),
    channel,
    persons: ordinals.length,
    calendar: await specialDays(trx, window.from),
  });
  const { host } = wish.answers;
  const hosts = await hostsKeptOut(
    trx,
    asked.map(({ step }) => step),
    { department, host },
  );
  const visited = { department, host, visiting, hosts };
  const steps = [];
  for (const { step } of asked) {
    const { need, within, late } = step;
    steps.push({
      need,
      ...(within !== undefined && late && { within: within * minute, late }),
      seats: await seatsOf(trx, step, visited),
    });
  }
  await keepCompiled(trx, submission, { version, once: document.once, steps });
  const compiled = await findCompiled(trx, submission);
  if (!compiled) throw new Error('What was compiled is not there');
  return compiled;
}
