import { createHmac, randomBytes } from 'node:crypto';
import { gateCodeBytes, makeGateCode } from '../domain/gate-code.ts';
import { gatesBitmap } from '../domain/gates-bitmap.ts';
import { type PassClaims, signBoundPass, signPass, signStaticPass } from '../domain/pass-token.ts';
import { encodeSealedPass, sealingContext } from '../domain/sealed-pass.ts';
import { sealTo } from '../platform/crypto.ts';
import type { Transaction } from '../platform/db.ts';
import type { SigningRing } from '../platform/keys.ts';
import { createSigner } from '../platform/signing.ts';
import { record } from '../store/audit/audit.ts';
import { appendToFeed } from '../store/gates/feed.ts';
import { queueMessage } from '../store/messages/message.ts';
import {
  insertPass,
  type NewPass,
  newestVersionsOf,
  type Pass,
  readCredentials,
  revokePasses as revokeRows,
} from '../store/passes/pass.ts';
import { replaceVisitCode } from '../store/passes/visit-code.ts';
import { lockReservation } from '../store/reservations/lock.ts';
import { readPeople, type SubmittedPerson } from '../store/reservations/submission.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';
import { makeVisitCode } from './visit-code.ts';

type Deps = Pick<ActivityDeps, 'db' | 'cipher' | 'passKeys'>;
type Request = Parameters<CoreActivities['issuePasses']>[0];

/**
 * A signed pass a person, with its codes and the gates' feed rows, in one transaction. Called again it adds what is
 * missing: of one transition a person gets one version, and what a later transition made is newer. A reservation
 * that was closed meanwhile gets none.
 */
export function issuePasses({ db, cipher, passKeys }: Deps): CoreActivities['issuePasses'] {
  const sign = createSigner(passKeys.currentPair.private);
  return (request) =>
    db.transaction(async (trx) => {
      const { reservation, seq } = request;
      const visit = await findVisit(trx, reservation, request.submission);
      if (!visit) return { passes: 0 };
      const wanted = (await readPeople(trx, cipher, request.submission)).filter(isOneOf(request.ordinals));
      const known = await newestVersionsOf(trx, reservation);
      if (request.replaces) await takeBack(trx, reservation, known, request);
      const unchanged = request.replaces ? await peopleUnchanged(trx, cipher, request.replaces, wanted) : () => false;
      const asking = request.binding ? await findPhone(trx, request.binding, reservation) : undefined;
      // Nothing is bound to a key that nobody kept.
      if (request.binding && !asking) return { passes: 0 };

      for (const person of wanted) {
        const earlier = known.find(({ ordinal }) => ordinal === person.ordinal);
        if (earlier && (earlier.seq ?? 0) >= seq) continue;
        const standing = earlier?.revokedAt === null ? earlier : undefined;
        if (standing && unchanged(person) && isSameVisit(standing, visit)) continue;
        const phone = asking ?? (standing?.binding ? await findPhone(trx, standing.binding, reservation) : undefined);
        const made = makePass(visit, {
          ordinal: person.ordinal,
          seq,
          passKeys,
          sign,
          id: earlier?.id ?? (await newId(trx)),
          version: (earlier?.version ?? 0) + 1,
          ...(phone && { phone }),
        });
        // A pass that stands is shown with the same codes again: they may be on paper, or in a message.
        const kept = standing && (await readCredentials(trx, cipher, standing.id));
        const pass: NewPass = { ...made, gateCode: kept?.gateCode ?? newGateCode() };
        await insertPass(trx, cipher, pass);
        if (!kept) await replaceVisitCode(trx, cipher, pass.id, makeVisitCode());
        await tellGates(trx, pass, person);
        await audit(trx, 'pass_issued', pass);
        if (!request.binding) await announcePass(trx, visit, pass, person, { renewed: Boolean(standing), ...request });
      }
      return { passes: wanted.length };
    });
}

const isOneOf =
  (ordinals: number[]) =>
  ({ ordinal }: { ordinal: number }): boolean =>
    ordinals.includes(ordinal);

/** Whoever is not of the party any more. */
async function takeBack(trx: Transaction, reservation: string, known: Pass[], { ordinals, seq }: Request) {
  const gone = known.map(({ ordinal }) => ordinal).filter((ordinal) => !ordinals.includes(ordinal));
  await revokeStanding(trx, reservation, { ordinals: gone, seq });
}

/** Whether a pass made for the earlier submission shows a guard the same person with the same plate. */
async function peopleUnchanged(trx: Transaction, cipher: Deps['cipher'], earlier: string, wanted: SubmittedPerson[]) {
  const before = await readPeople(trx, cipher, earlier);
  const unchanged = wanted.filter((person) =>
    before.some(
      ({ ordinal, name, plate, document }) =>
        ordinal === person.ordinal && name === person.name && plate === person.plate && document === person.document,
    ),
  );
  return (person: SubmittedPerson): boolean => unchanged.includes(person);
}

const isSameVisit = (pass: Pass, { campus, from, until }: IssuedVisit): boolean =>
  pass.campus === campus.id && pass.from.getTime() === from.getTime() && pass.until.getTime() === until.getTime();

interface Phone {
  binding: string;
  publicKey: Uint8Array;
}

async function findPhone(trx: Transaction, binding: string, reservation: string): Promise<Phone | undefined> {
  const row = await trx('phone_binding').where({ id: binding, reservation_id: reservation }).first('public_key');
  return row && { binding, publicKey: row.public_key };
}

interface IssuedVisit {
  reservation: string;
  lead: string;
  campus: { id: string; number: number };
  gates: number[];
  from: Date;
  until: Date;
}

/** Undefined when the reservation is closed. Locks its row: closing waits, or has happened. */
async function findVisit(trx: Transaction, reservation: string, submission: string): Promise<IssuedVisit | undefined> {
  const row = await lockReservation(trx, reservation);
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
    lead: row.visitor,
    campus: { id: visit.campus, number: visit.number },
    gates,
    from: visit.visit_from,
    until: visit.visit_until,
  };
}

interface Making {
  id: string;
  ordinal: number;
  version: number;
  seq: number;
  phone?: Phone;
  passKeys: SigningRing;
  sign: (message: Uint8Array) => Uint8Array;
}

function makePass(
  { reservation, campus, gates, from, until }: IssuedVisit,
  { id, ordinal, version, seq, phone, passKeys, sign }: Making,
): Omit<NewPass, 'gateCode'> {
  const issuedAt = new Date();
  const claims: PassClaims = {
    form: phone ? 'bound' : 'renewed',
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
  return {
    id,
    reservation,
    ordinal,
    version,
    seq,
    campus: campus.id,
    gates: claims.gates,
    from,
    until,
    issuedAt,
    ...(phone && { binding: phone.binding }),
    token: phone ? signBoundPass(claims, phone.publicKey, sign) : signPass(claims, sign),
    paper: signStaticPass(claims, sign),
  };
}

/**
 * Whoever goes along with an account of their own is told there; the lead is told by the workflow, and here of
 * somebody whom everybody waited for and who has no account.
 */
async function announcePass(
  trx: Transaction,
  { reservation, lead }: IssuedVisit,
  { id: pass, ordinal, seq }: NewPass,
  { visitor }: SubmittedPerson,
  { renewed, late }: { renewed: boolean; late?: boolean },
): Promise<void> {
  const own = visitor !== null && visitor !== lead;
  if (!own && !late) return;
  const kind = own ? (renewed ? 'changed' : 'approved') : 'person_ready';
  const key = `${reservation}/${kind}/${seq}/${ordinal}`;
  await queueMessage(trx, { reservation, visitor: own ? visitor : lead, kind, key, pass });
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

/** Takes passes off every gate. Again: nothing is left to take. */
export const revokePasses =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['revokePasses'] =>
  ({ reservation, ...only }) =>
    db.transaction(async (trx) => {
      await lockReservation(trx, reservation);
      await revokeStanding(trx, reservation, only);
    });

/** The same within a transaction that has locked the reservation. */
export async function revokeStanding(
  trx: Transaction,
  reservation: string,
  only: { ordinals?: number[]; seq?: number } = {},
): Promise<void> {
  for (const pass of await revokeRows(trx, reservation, only)) {
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
    await tellCompanion(trx, pass);
  }
}

/** Whoever goes along with an account of their own learns that they no longer do; the lead is told by the workflow. */
async function tellCompanion(trx: Transaction, { id: pass, reservation, ordinal, version }: Pass): Promise<void> {
  const companion = await trx('reservation_person as p')
    .join('reservation as r', 'r.id', 'p.reservation_id')
    .where({ 'p.reservation_id': reservation, 'p.ordinal': ordinal })
    .whereRaw('p.visitor_id <> r.visitor_id')
    .orderBy('p.id', 'desc')
    .first('p.visitor_id');
  if (!companion) return;
  const key = `${reservation}/cancelled/${version}/${ordinal}`;
  await queueMessage(trx, { reservation, visitor: companion.visitor_id, kind: 'cancelled', key, pass });
}

const audit = (
  trx: Transaction,
  action: 'pass_issued' | 'pass_revoked',
  { id, reservation, version }: { id: string; reservation: string; version: number },
) =>
  record(trx, { actor: { kind: 'system' }, action, subject: { kind: 'pass', id }, detail: { reservation, version } });

const newGateCode = (): string => makeGateCode(randomBytes(gateCodeBytes));
const keyedHash = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('base64url');

async function newId(trx: Transaction): Promise<string> {
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  return rows[0].id;
}
