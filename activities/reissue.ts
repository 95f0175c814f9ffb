import type { Knex } from 'knex';
import type { Batches } from '../platform/batches.ts';
import type { Transaction } from '../platform/db.ts';
import { proveDocument } from '../platform/document-proof.ts';
import { ringSigner } from '../platform/ring-signer.ts';
import { hasEverySignature } from '../store/approval/signature.ts';
import { record } from '../store/audit/audit.ts';
import { countLivePasses, keyOfPass, livePasses } from '../store/passes/live-passes.ts';
import { insertPass, type Pass, passesOfReservation, readCredentials } from '../store/passes/pass.ts';
import { readPeople } from '../store/reservations/submission.ts';
import type { ActivityDeps } from './deps.ts';
import { findPhone, findVisit } from './issued-visit.ts';
import { makePass } from './make-pass.ts';
import { narrows } from './narrowing.ts';
import { tellGates } from './tell-of-pass.ts';

/**
 * Passes that a key signed which is not to be believed any more are made anew under the current one: the same person, window,
 * phone and codes, the next version. Each is a transaction of its own with its gates' feed rows. Begun again, it finds
 * what is left.
 */

type Deps = Pick<ActivityDeps, 'db' | 'cipher' | 'passKeys' | 'gateCodes'>;

/** `done` of all live passes were looked at; `made` is how many were made anew, `left` could not be. */
export interface Reissued {
  done: number;
  of: number;
  made: number;
  left: number;
}

export async function reissuePasses(deps: Deps, lost: number, { progress = () => {}, batch = 100 }: Batches<Reissued>) {
  const { db, cipher } = deps;
  const so = { done: 0, of: await countLivePasses(db), made: 0, left: 0 };
  for (let after: string | undefined; ; ) {
    const passes = await livePasses(db, after, batch);
    for (const pass of passes) {
      if ((await keyOfPass(db, cipher, pass.id)) === lost) {
        const what = await db.transaction((trx) => reissue(trx, deps, pass, lost));
        if (what === 'made') so.made += 1;
        if (what === 'left') so.left += 1;
      }
      so.done += 1;
    }
    so.of = Math.max(so.of, so.done);
    if (passes.length > 0) progress(so);
    if (passes.length < batch) return so;
    after = passes.at(-1)?.id;
  }
}

/**
 * `past`: somebody made it anew, took it back or closed its visit meanwhile. `left`: its visit is about to become another one, or no
 * decision stands for it; then nothing is signed.
 */
async function reissue(trx: Transaction, deps: Deps, seen: Pass, lost: number): Promise<'made' | 'past' | 'left'> {
  const { cipher, passKeys, gateCodes } = deps;
  const submission = await submissionOf(trx, seen.reservation);
  const visit = submission && (await findVisit(trx, seen.reservation, submission));
  if (!visit || !submission) return 'past';
  const pass = (await passesOfReservation(trx, seen.reservation)).find(({ id }) => id === seen.id);
  if (!pass || pass.revokedAt || (await keyOfPass(trx, cipher, pass.id)) !== lost) return 'past';
  const credentials = await readCredentials(trx, cipher, pass.id);
  const person = (await readPeople(trx, cipher, submission)).find(({ ordinal }) => ordinal === pass.ordinal);
  if (!credentials || !person || visit.campus.id !== pass.campus) return 'left';
  if (!(await hasEverySignature(trx, { cipher, narrows }, submission))) return 'left';
  const phone = pass.binding ? await findPhone(trx, pass.binding, pass.reservation) : undefined;
  const made = makePass(
    { ...visit, from: pass.from, until: pass.until },
    {
      id: pass.id,
      ordinal: pass.ordinal,
      version: pass.version + 1,
      seq: pass.seq ?? 0,
      signing: ringSigner(passKeys)(),
      ...(phone && { phone }),
    },
  );
  const proof = credentials.proof ?? (await proveDocument(person.document));
  const next = { ...made, gateCode: credentials.gateCode, proof };
  await insertPass(trx, cipher, next);
  await tellGates(trx, next, { ...person, proof }, gateCodes);
  const { id, reservation, version } = next;
  const detail = { reservation, version, instead_of_key: lost };
  await record(trx, { actor: { kind: 'system' }, action: 'pass_issued', subject: { kind: 'pass', id }, detail });
  return 'made';
}

async function submissionOf(trx: Knex, reservation: string): Promise<string | undefined> {
  return (await trx('reservation').where({ id: reservation }).first('submission_id'))?.submission_id ?? undefined;
}
