import type { Request, Response } from 'express';
import type { EnrolmentAnswer } from '../../../domain/gate-enrolment.ts';
import { deriveGateCodecKey } from '../../../platform/codec.ts';
import type { Transaction } from '../../../platform/db.ts';
import { hashEnrolmentCode, sealForEnrolment } from '../../../platform/enrolment-seal.ts';
import { unavailable } from '../../../platform/errors.ts';
import { createGateCodes } from '../../../platform/gate-codes.ts';
import { nameOfPair } from '../../../platform/gate-pair.ts';
import { type AskedEnrolment, confirmEnrolment, findEnrolment } from '../../../store/gates/enrolment-code.ts';
import { enrolGate } from '../../../store/gates/gate-enrolment.ts';
import { replaceGateKeys } from '../../../store/gates/gate-keys.ts';
import { toldKeys } from '../../../store/keys/public-keys.ts';
import type { WebDeps } from '../../deps.ts';
import { textsOf } from '../../form-value.ts';
import { recordAct } from '../../staff/recording.ts';
import { gateId, pair } from '../content/fields.ts';
import type { Place } from './place.ts';

/** What a new gate is asked beside its code; everything else of it stands on its own page. */
export const fieldsOfNewGate = [gateId, ...pair('name', { required: true })];

const problems = {
  id_taken: { gate_id: 'content.problem.gate_taken' },
  key_taken: { gate_id: 'enrolment.problem.key_taken' },
  campus_full: { gate_id: 'content.problem.gates_full' },
};

/** `gone`: why the code is good no more. `fields`: catalogue keys by field, with what was typed. */
export type Enrolled =
  | { gate: string }
  | { gone: Exclude<AskedEnrolment['state'], 'waiting'> | 'unknown' }
  | { fields: Record<string, string>; texts: Record<string, string> };

/**
 * The row, what live passes are sealed to, and the box's answer, in one transaction. The same form again finds that it is done.
 * @throws AppError `unavailable` (503) where no key of passes or of the feed is known yet
 */
export async function enrolByCode(
  deps: WebDeps,
  { req, res, place, code }: { req: Request; res: Response; place: Place; code: string },
): Promise<Enrolled> {
  const names = fieldsOfNewGate.map(({ name }) => name);
  const texts = textsOf(req.body, names);
  const values = place.kind === 'gate' ? readNew(texts) : { fields: {}, values: {} };
  if (Object.keys(values.fields).length > 0) return { fields: values.fields, texts };
  const gate = place.kind === 'gate' ? String(values.values.gate_id) : place.gate;
  const codeHash = hashEnrolmentCode(code);
  return deps.db.transaction(async (trx): Promise<Enrolled> => {
    const asked = await findEnrolment(trx, codeHash, { lock: true });
    if (asked?.state === 'confirmed' && asked.gate === gate) return { gate };
    if (asked?.state !== 'waiting') return { gone: asked?.state ?? 'unknown' };
    const done = await bringIntoService(deps, trx, { place, gate, asked, values: values.values });
    if (done !== 'done') return { fields: problems[done], texts };
    const answer = sealForEnrolment(asked.sealingKey, code, await answerFor(deps, trx, gate));
    await confirmEnrolment(trx, codeHash, { gate, answer });
    const keys = nameOfPair(asked);
    const content = { kind: 'content' as const, id: gate };
    const detail = place.kind === 'gate' ? { kind: 'gate', version: 1 } : { kind: 'gate_keys' };
    await recordAct(deps, req, res, { action: 'content_changed', subject: content, detail }, trx);
    const subject = { kind: 'gate' as const, id: gate };
    await recordAct(deps, req, res, { action: 'gate_enrolled', subject, detail: { keys } }, trx);
    return { gate };
  });
}

function readNew(texts: Record<string, string>) {
  const values: Record<string, unknown> = {};
  const fields: Record<string, string> = {};
  for (const one of fieldsOfNewGate) {
    const read = one.read(texts[one.name] ?? '', null);
    if (read.ok) values[one.name] = read.value;
    else fields[one.name] = read.problem;
  }
  return { values, fields };
}

async function bringIntoService(
  { cipher, keys }: WebDeps,
  trx: Transaction,
  of: { place: Place; gate: string; asked: AskedEnrolment; values: Record<string, unknown> },
): Promise<'done' | keyof typeof problems> {
  const { identityKey, sealingKey } = of.asked;
  if (of.place.kind === 'box') {
    const sealing = { cipher, gateCodes: createGateCodes(keys.codec) };
    const replaced = await replaceGateKeys(trx, sealing, { id: of.gate, identityKey, sealingKey });
    return replaced === 'key_taken' ? replaced : 'done';
  }
  const { gate_id: id, ...values } = of.values;
  const made = { id: String(id), campus: of.place.campus, identityKey, sealingKey, values };
  const enrolled = await enrolGate(trx, made);
  return enrolled === 'enrolled' || enrolled === 'as_before' ? 'done' : enrolled;
}

/** All that the box needs beside its own keys, as bytes: who it is, its codec key, and whose signatures it believes. */
async function answerFor({ keys }: WebDeps, trx: Transaction, gate: string): Promise<Buffer> {
  const trust = (await toldKeys(trx)).filter(({ revoked }) => !revoked);
  const uses = new Set(trust.map(({ use }) => use));
  if (!uses.has('pass') || !uses.has('feed')) throw unavailable(new Error('No keys are told of yet'));
  const { kid, key } = deriveGateCodecKey(keys.codec, gate);
  const answer: EnrolmentAnswer = {
    gate,
    codec: { kid, key: key.toString('base64') },
    trust: trust.map((one) => ({ kid: one.kid, use: one.use, public: one.public })),
  };
  return Buffer.from(JSON.stringify(answer));
}
