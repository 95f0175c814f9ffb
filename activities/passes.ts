import { createHmac, randomBytes } from 'node:crypto';
import { gateCodeBytes, makeGateCode } from '../domain/gate-code.ts';
import { gatesBitmap } from '../domain/gates-bitmap.ts';
import { type PassClaims, signPass } from '../domain/pass-token.ts';
import { encodeSealedPass, sealingContext } from '../domain/sealed-pass.ts';
import { sealTo } from '../platform/crypto.ts';
import type { Transaction } from '../platform/db.ts';
import type { SigningRing } from '../platform/keys.ts';
import { createSigner } from '../platform/signing.ts';
import { record } from '../store/audit.ts';
import { appendToFeed } from '../store/feed.ts';
import { insertPass, type NewPass, passesOfReservation, revokePasses as revokeRows } from '../store/pass.ts';
import { readPeople, type SubmittedPerson } from '../store/submission.ts';
import { replaceVisitCode } from '../store/visit-code.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';
import { makeVisitCode } from './visit-code.ts';

type Deps = Pick<ActivityDeps, 'db' | 'cipher' | 'passKeys'>;

/**
 * A signed pass a person, with its codes and the gates' feed rows, in one transaction. Called again it adds what is
 * missing. A reservation that was closed meanwhile gets none.
 */
export function issuePasses({ db, cipher, passKeys }: Deps): CoreActivities['issuePasses'] {
  const sign = createSigner(passKeys.currentPair.private);
  return ({ reservation, submission, version }) =>
    db.transaction(async (trx) => {
      const visit = await findVisit(trx, reservation, submission);
      if (!visit) return { passes: 0 };
      const people = await readPeople(trx, cipher, submission);
      const issued = await passesOfReservation(trx, reservation);
      const ids = await newIds(trx, people.length);
      for (const [place, person] of people.entries()) {
        const { ordinal } = person;
        const earlier = issued.find((pass) => pass.ordinal === ordinal);
        if (earlier && earlier.version >= version) continue;
        const id = earlier?.id ?? ids[place] ?? '';
        const pass = { ...makePass(visit, { id, ordinal, version }, passKeys, sign), gateCode: newGateCode() };
        await insertPass(trx, cipher, pass);
        await replaceVisitCode(trx, cipher, id, makeVisitCode());
        await tellGates(trx, pass, person);
        await audit(trx, 'pass_issued', pass);
      }
      return { passes: people.length };
    });
}

interface IssuedVisit {
  reservation: string;
  campus: { id: string; number: number };
  gates: number[];
  from: Date;
  until: Date;
}

/** Undefined when the reservation is closed. Locks its row: closing waits, or has happened. */
async function findVisit(trx: Transaction, reservation: string, submission: string): Promise<IssuedVisit | undefined> {
  const row = await trx('reservation').where({ id: reservation }).forNoKeyUpdate().first('stage');
  if (!row || row.stage === 'closed') return undefined;
  const visit = await trx('submission as s')
    .join('campus as c', 'c.id', 's.campus_id')
    .where({ 's.id': submission, 's.reservation_id': reservation })
    .first('s.visit_from', 's.visit_until', 'c.id as campus', 'c.number');
  const gates = await trx('gate')
    .where({ campus_id: visit.campus, retired_at: null })
    .orderBy('number')
    .pluck('number');
  return {
    reservation,
    campus: { id: visit.campus, number: visit.number },
    gates,
    from: visit.visit_from,
    until: visit.visit_until,
  };
}

function makePass(
  { reservation, campus, gates, from, until }: IssuedVisit,
  { id, ordinal, version }: { id: string; ordinal: number; version: number },
  passKeys: SigningRing,
  sign: (message: Uint8Array) => Uint8Array,
): Omit<NewPass, 'gateCode'> {
  const issuedAt = new Date();
  const claims: PassClaims = {
    form: 'renewed',
    keyId: passKeys.current,
    reservation,
    ordinal,
    version,
    campus: campus.number,
    gates: gatesBitmap(gates),
    from: from.getTime(),
    until: until.getTime(),
    issued: issuedAt.getTime(),
  };
  const token = signPass(claims, sign);
  return { id, reservation, ordinal, version, campus: campus.id, gates: claims.gates, from, until, issuedAt, token };
}

/** Sealed to each gate: what a guard may see, and salted proofs of the document. */
async function tellGates(trx: Transaction, pass: NewPass, person: SubmittedPerson): Promise<void> {
  const { reservation, ordinal, version, campus, until } = pass;
  const shown = {
    name: person.name,
    ...(person.plate ? { plate: person.plate } : {}),
    document: person.document,
    code: pass.gateCode,
    from: pass.from.getTime(),
    gates: pass.gates,
  };
  await appendToFeed(trx, {
    campus,
    kind: 'pass',
    reservation,
    ordinal,
    version,
    validUntil: until,
    seal: (gate) => {
      const bytes = encodeSealedPass(shown, randomBytes(16).toString('base64url'), keyedHash);
      return sealTo(gate.sealingKey, bytes, sealingContext(gate.id, pass));
    },
  });
}

/** Takes every pass off every gate. Again: nothing is left to take. */
export const revokePasses =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['revokePasses'] =>
  ({ reservation }) =>
    db.transaction(async (trx) => {
      await trx('reservation').where({ id: reservation }).forNoKeyUpdate().first('id');
      for (const pass of await revokeRows(trx, reservation)) {
        const { ordinal, version, campus, until } = pass;
        await appendToFeed(trx, {
          campus,
          kind: 'revoked',
          reservation,
          ordinal,
          version,
          validUntil: until,
          seal: (gate) => sealTo(gate.sealingKey, Buffer.from('{}'), sealingContext(gate.id, pass)),
        });
        await audit(trx, 'pass_revoked', pass);
      }
    });

const audit = (
  trx: Transaction,
  action: 'pass_issued' | 'pass_revoked',
  { id, reservation, version }: { id: string; reservation: string; version: number },
) =>
  record(trx, { actor: { kind: 'system' }, action, subject: { kind: 'pass', id }, detail: { reservation, version } });

const newGateCode = (): string => makeGateCode(randomBytes(gateCodeBytes));
const keyedHash = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('base64url');

async function newIds(trx: Transaction, count: number): Promise<string[]> {
  const { rows } = await trx.raw<{ rows: { id: string }[] }>('select uuidv7() as id from generate_series(1, ?)', [
    count,
  ]);
  return rows.map(({ id }) => id);
}
