import type { FieldCipher } from '../platform/crypto.ts';
import type { Transaction } from '../platform/db.ts';
import { type CompiledSteps, findCompiled, keepCompiled } from '../store/approval/compiled-policy.ts';
import { compileSteps } from '../store/approval/compiling.ts';
import { policyInForce } from '../store/approval/policy.ts';
import type { AdmissionFacts } from '../store/reservations/admission.ts';

/**
 * Who has to approve an admitted submission, by the policy in force at this moment: conditions are answered, and each
 * signature has its seat. Kept as rows; asked again, it is the same.
 */
export async function compilePolicy(
  trx: Transaction,
  cipher: FieldCipher,
  { submission, department, channel, ordinals }: AdmissionFacts,
): Promise<CompiledSteps> {
  const known = await findCompiled(trx, submission);
  if (known) return known;
  const { version, document } = await policyInForce(trx, { department, channel });
  const { steps } = await compileSteps(trx, cipher, document, { submission, ordinals });
  await keepCompiled(trx, submission, { version, once: document.once, steps });
  const compiled = await findCompiled(trx, submission);
  if (!compiled) throw new Error('What was compiled is not there');
  return compiled;
}
