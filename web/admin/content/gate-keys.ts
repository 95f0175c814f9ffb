import type { Request, RequestHandler, Response } from 'express';
import { notFound } from '../../../platform/errors.ts';
import { createGateCodes } from '../../../platform/gate-codes.ts';
import { forgetContent } from '../../../store/content/content-cache.ts';
import { type ContentRow, findContentRow } from '../../../store/content/content-edit.ts';
import { replaceGateKeys } from '../../../store/gates/gate-keys.ts';
import { retireAndReissue } from '../../../store/gates/gate-reissue.ts';
import type { WebDeps } from '../../deps.ts';
import { textsOf } from '../../form-value.ts';
import { recordAct } from '../../staff/recording.ts';
import { namesOf } from './choices.ts';
import { forms } from './forms.ts';

/** `/admin/content/gates/:id/keys`: another box at the gate, with the public keys that `npm run keys` printed for it. */

const keyFields = (forms.gate.enrolment?.fields ?? []).filter(({ name }) => name !== 'gate_id');

export function showGateKeys(deps: WebDeps): RequestHandler {
  return async (req, res) => render(res, await gateOf(deps, req), {});
}

/** The same form again changes nothing. */
export function changeGateKeys(deps: WebDeps): RequestHandler {
  const gateCodes = createGateCodes(deps.keys.codec);
  return async (req, res) => {
    const gate = await gateOf(deps, req);
    const texts = textsOf(
      req.body,
      keyFields.map(({ name }) => name),
    );
    const read = keyFields.map((field) => ({ name: field.name, ...field.read(texts[field.name] ?? '', null) }));
    const fields = Object.fromEntries(read.flatMap((one) => (one.ok ? [] : [[one.name, one.problem]])));
    if (Object.keys(fields).length > 0) return render(res.status(422), gate, { texts, fields });
    const [identityKey, sealingKey] = read.map((one) => (one.ok ? one.value : undefined)) as [Buffer, Buffer];
    const refuse = (problem: Record<string, string>) => render(res.status(422), gate, { texts, fields: problem });
    if (identityKey.equals(sealingKey)) return refuse({ sealing_key: 'content.problem.keys_alike' });
    const result = await deps.db.transaction(async (trx) => {
      const done = await replaceGateKeys(
        trx,
        { cipher: deps.cipher, gateCodes },
        { id: gate.id, identityKey, sealingKey },
      );
      if (done === 'replaced') {
        const subject = { kind: 'content' as const, id: gate.id };
        await recordAct(deps, req, res, { action: 'content_changed', subject, detail: { kind: 'gate_keys' } }, trx);
      }
      return done;
    });
    if (result === 'key_taken') return refuse({ identity_key: 'content.problem.key_taken' });
    res.redirect(303, '/admin/content?saved=gate');
  };
}

/** The box was stolen: its gate is retired, and every pass that it knew gets another gate code. */
export function retireGate(deps: WebDeps): RequestHandler {
  const gateCodes = createGateCodes(deps.keys.codec);
  return async (req, res) => {
    const { id } = await gateOf(deps, req);
    await deps.db.transaction(async (trx) => {
      const passes = await retireAndReissue(trx, { cipher: deps.cipher, gateCodes }, id);
      const detail = { kind: 'gate_reissue', passes };
      await recordAct(deps, req, res, { action: 'content_changed', subject: { kind: 'content', id }, detail }, trx);
    });
    forgetContent(deps.db);
    res.redirect(303, '/admin/content?saved=gate');
  };
}

async function gateOf({ db }: WebDeps, req: Request): Promise<ContentRow> {
  const id = String(req.params.id);
  const gate = /^[a-z][a-z0-9-]{1,30}$/.test(id) ? await findContentRow(db, 'gate', id) : undefined;
  if (!gate) throw notFound();
  return gate;
}

function render(
  res: Response,
  gate: ContentRow,
  { texts = {}, fields = {} }: { texts?: Record<string, string>; fields?: Record<string, string> },
): void {
  const path = `/admin/content/gates/${gate.id}/keys`;
  res.locals.path = path;
  res.render('admin/content/gate-keys', { path, gate, name: namesOf(gate), keyFields, texts, fields });
}
