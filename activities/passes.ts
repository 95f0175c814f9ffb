import { randomBytes } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { gateCodeBytes, makeGateCode } from '../domain/gate-code.ts';
import type { DocumentProof } from '../domain/sealed-pass.ts';
import type { Transaction } from '../platform/db.ts';
import { proveDocument } from '../platform/document-proof.ts';
import { ringSigner } from '../platform/ring-signer.ts';
import { hasEverySignature } from '../store/approval/signature.ts';
import { withdrawalSince } from '../store/approval/withdrawal.ts';
import { record } from '../store/audit/audit.ts';
import { recordVisitFault } from '../store/office/visit-fault.ts';
import {
  insertPass,
  type NewPass,
  type Pass,
  passesOfReservation,
  readCredentials,
  revokePasses as revokeRows,
} from '../store/passes/pass.ts';
import { replaceVisitCode } from '../store/passes/visit-code.ts';
import { moneyOf } from '../store/payments/account.ts';
import { feeOfSubmission } from '../store/payments/fee.ts';
import { endPasses, lockReservation } from '../store/reservations/lock.ts';
import { readPeople, type SubmittedPerson } from '../store/reservations/submission.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';
import { findPhone, findVisit, isSameVisit } from './issued-visit.ts';
import { makePass } from './make-pass.ts';
import { narrows } from './narrowing.ts';
import { announcePass, tellCompanion, tellGates, tellGatesRevoked } from './tell-of-pass.ts';
import { makeVisitCode } from './visit-code.ts';

type Deps = Pick<ActivityDeps, 'db' | 'cipher' | 'passKeys' | 'gateCodes'>;
type Request = Parameters<CoreActivities['issuePasses']>[0];

/**
 * A signed pass a person, with its codes and the gates' feed rows, in one transaction. Called again it adds what is
 * missing: of one transition a person gets one version, and what a later transition made is newer. A reservation
 * that was closed meanwhile gets none.
 */
export function issuePasses({ db, cipher, passKeys, gateCodes }: Deps): CoreActivities['issuePasses'] {
  const signer = ringSigner(passKeys);
  return async (request) => {
    const issued = await db.transaction((trx) => issue(trx, request, { cipher, gateCodes, signing: signer() }));
    if (typeof issued === 'object') return issued;
    const undecided = issued === 'asked';
    if (!undecided) await recordVisitFault(db, { reservation: request.reservation, kind: 'unsigned', detail: issued });
    throw ApplicationFailure.create({
      type: 'unsigned',
      message: reasons[issued],
      nextRetryDelay: undecided ? '1 second' : '1 minute',
    });
  };
}

const reasons: Record<Unsigned, string> = {
  asked: 'The decision is being taken back',
  no_decision: 'No decision stands for these passes',
  unpaid: 'The fee of this visit is not paid',
};

interface Signing {
  cipher: Deps['cipher'];
  gateCodes: Deps['gateCodes'];
  signing: { keyId: number; sign: (message: Uint8Array) => Uint8Array };
}

/** Nothing is signed for any caller where the rows do not say that the submission was approved. */
async function issue(
  trx: Transaction,
  request: Request,
  { cipher, gateCodes, signing }: Signing,
): Promise<{ passes: number } | Unsigned> {
  const { reservation, seq } = request;
  const visit = await findVisit(trx, reservation, request.submission);
  if (!visit) return { passes: 0 };
  const unsigned = await whyUnsigned(trx, cipher, request);
  if (unsigned) return unsigned === 'taken' ? { passes: 0 } : unsigned;
  const wanted = (await readPeople(trx, cipher, request.submission)).filter(isOneOf(request.ordinals));
  const known = await passesOfReservation(trx, reservation);
  if (request.replaces) await takeBack(trx, reservation, known, request);
  const unchanged = request.replaces ? await peopleUnchanged(trx, cipher, request.replaces, wanted) : () => false;
  const askingPhone = request.binding ? await findPhone(trx, request.binding, reservation) : undefined;
  // Nothing is bound to a key that nobody kept.
  if (request.binding && !askingPhone) return { passes: 0 };

  const next: { pass: NewPass; person: SubmittedPerson; kept: boolean; renewed: boolean }[] = [];
  for (const person of wanted) {
    const earlier = known.find(({ ordinal }) => ordinal === person.ordinal);
    if (earlier && (earlier.seq ?? 0) >= seq) continue;
    const valid = earlier?.revokedAt === null ? earlier : undefined;
    if (valid && unchanged(person) && isSameVisit(valid, visit)) continue;
    const phone = askingPhone ?? (valid?.binding ? await findPhone(trx, valid.binding, reservation) : undefined);
    const made = makePass(visit, {
      ordinal: person.ordinal,
      seq,
      signing,
      id: earlier?.id ?? (await newId(trx)),
      version: (earlier?.version ?? 0) + 1,
      ...(phone && { phone }),
    });
    // A valid pass is shown with the same codes again: they may be on paper, or in a message.
    const kept = valid && (await readCredentials(trx, cipher, valid.id));
    const pass: NewPass = { ...made, gateCode: kept?.gateCode ?? newGateCode() };
    next.push({ pass, person, kept: Boolean(kept), renewed: Boolean(valid) });
  }
  // Slow, and all at once: before the gates' rows are locked, since every other pass of the campus waits for those.
  const proofs = await Promise.all(next.map(({ person }) => proveDocument(person.document)));
  for (const [index, { pass, person, kept, renewed }] of next.entries()) {
    const proof = proofs[index] as DocumentProof;
    await insertPass(trx, cipher, { ...pass, proof });
    if (!kept) await replaceVisitCode(trx, cipher, pass.id, makeVisitCode());
    await tellGates(trx, pass, { ...person, proof }, gateCodes);
    await audit(trx, 'pass_issued', pass);
    if (!request.binding) await announcePass(trx, visit, pass, person, { renewed, ...request });
  }
  return { passes: wanted.length };
}

/** `asked`: whether its approval is taken back is known in a moment. */
type Unsigned = 'asked' | 'no_decision' | 'unpaid';

/**
 * Undefined where the submission has every signature, and none was taken back since these passes were wanted: what is approved
 * again afterwards wants passes of its own.
 */
async function whyUnsigned(
  trx: Transaction,
  cipher: Deps['cipher'],
  request: Request,
): Promise<Unsigned | 'taken' | undefined> {
  const before = await withdrawalSince(trx, request);
  if (before.taken) return 'taken';
  if (before.asked && before.shown) return 'asked';
  const isSigned = () => hasEverySignature(trx, { cipher, narrows }, request.submission);
  if (await isSigned()) return (await isPaid(trx, request)) ? undefined : 'unpaid';
  const { asked, taken } = await withdrawalSince(trx, request);
  if (taken) return 'taken';
  if (asked) return 'asked';
  // It may have been refused between the looks.
  if (!(await isSigned())) return 'no_decision';
  return (await isPaid(trx, request)) ? undefined : 'unpaid';
}

/** By rows of what the provider said, or staff; not by what a workflow was told. */
async function isPaid(trx: Transaction, { reservation, submission }: Request): Promise<boolean> {
  const fee = await feeOfSubmission(trx, submission);
  return fee === 0 || (await moneyOf(trx, reservation)).kept >= fee;
}

const isOneOf =
  (ordinals: number[]) =>
  ({ ordinal }: { ordinal: number }): boolean =>
    ordinals.includes(ordinal);

/** Takes back the passes of people who are no longer in the party. */
async function takeBack(trx: Transaction, reservation: string, known: Pass[], { ordinals, seq }: Request) {
  const gone = known.map(({ ordinal }) => ordinal).filter((ordinal) => !ordinals.includes(ordinal));
  await revokeAndTell(trx, reservation, { ordinals: gone, seq });
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

/** Takes passes off every gate. Again: nothing is left to take. */
export const revokePasses =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['revokePasses'] =>
  ({ reservation, ends, because, ...only }) =>
    db.transaction(async (trx) => {
      await lockReservation(trx, reservation);
      if (ends) await endPasses(trx, reservation);
      await revokeAndTell(trx, reservation, only, because);
    });

/** The same within a transaction that has locked the reservation. */
export async function revokeAndTell(
  trx: Transaction,
  reservation: string,
  only: { ordinals?: number[]; seq?: number } = {},
  told: 'cancelled' | 'revoked' = 'cancelled',
): Promise<void> {
  for (const pass of await revokeRows(trx, reservation, only)) {
    await tellGatesRevoked(trx, pass);
    await audit(trx, 'pass_revoked', pass);
    await tellCompanion(trx, pass, told);
  }
}

const audit = (
  trx: Transaction,
  action: 'pass_issued' | 'pass_revoked',
  { id, reservation, version }: { id: string; reservation: string; version: number },
) =>
  record(trx, { actor: { kind: 'system' }, action, subject: { kind: 'pass', id }, detail: { reservation, version } });

const newGateCode = (): string => makeGateCode(randomBytes(gateCodeBytes));
async function newId(trx: Transaction): Promise<string> {
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  return rows[0].id;
}
