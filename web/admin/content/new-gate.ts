import type { RequestHandler } from 'express';
import { forgetContent } from '../../../store/content/content-cache.ts';
import { enrolGate } from '../../../store/gates/gate-enrolment.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { readForm } from './forms.ts';
import { campusFor, recordChange, renderRow, typedIn } from './rows.ts';

/** Problems of a new gate, each at the field where it can be corrected. */
const problems = {
  id_taken: { gate_id: 'content.problem.gate_taken' },
  key_taken: { identity_key: 'content.problem.key_taken' },
  campus_full: { gate_id: 'content.problem.gates_full' },
};

/**
 * `POST /admin/content/gates`: a gate with the public keys that `npm run keys` printed for its box. The same form again
 * makes no second one.
 */
export function addGate(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const campus = await campusFor(deps, 'gate', textOf(req.body, 'campus'));
    const texts = typedIn(req, 'gate', true);
    const refuse = (fields: Record<string, string>) =>
      renderRow(deps, res.status(422), { kind: 'gate', texts, campus, fields });
    const read = readForm('gate', texts, { choices: {}, isNew: true });
    if (!read.ok) return refuse(read.fields);
    const { gate_id, identity_key, sealing_key, ...values } = read.values;
    const id = String(gate_id);
    const [identityKey, sealingKey] = [identity_key as Buffer, sealing_key as Buffer];
    if (identityKey.equals(sealingKey)) return refuse({ sealing_key: 'content.problem.keys_alike' });
    const enrolled = await deps.db.transaction(async (trx) => {
      const result = await enrolGate(trx, { id, campus: String(campus), identityKey, sealingKey, values });
      if (result === 'enrolled') await recordChange(deps, { req, res }, { kind: 'gate', id, version: 1 }, trx);
      return result;
    });
    if (enrolled !== 'enrolled' && enrolled !== 'as_before') return refuse(problems[enrolled]);
    forgetContent(deps.db);
    res.redirect(303, '/admin/content?saved=gate');
  };
}
