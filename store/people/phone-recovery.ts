import type { Knex } from 'knex';
import { foldName } from '../../domain/text.ts';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import { AppError } from '../../platform/errors.ts';
import { beginErasure, eraseAccount } from '../own-data/erasure.ts';
import { hasOpenVisits, leaveOpenVisits, runningVisits } from '../own-data/own-visits.ts';
import { lockActiveAccount } from './account-lock.ts';
import { forgetKeptForms } from './kept-form.ts';
import { changePhone } from './visitor.ts';

/**
 * Somebody whose old number is gone asks an office to give them back their account under a new, proved number. What
 * they claim is compared, not shown: the office checks the document itself and sees whether the claim agrees.
 */

export interface Claim {
  oldPhone: string;
  name: string;
  /** Normalised. */
  document: string;
}

export interface OpenRecovery {
  id: string;
  name: string;
  createdAt: Date;
  /** Of the claim, not of any account. */
  document: string;
  oldPhone: string;
  newPhone: string;
  /** Whether an account has the old number, and what of the claim its person agrees with. */
  account: { found: boolean; sameName: boolean; sameDocument: boolean };
  /** The new account has reservations under way: they would be left behind. */
  busy: boolean;
}

interface Sealing {
  cipher: FieldCipher;
  index: BlindIndex;
}

const address = (column: string, row: string) => ({ table: 'phone_recovery', column, row });

/** Keeps a claim; one open claim an account, a newer one replaces it. */
export async function askRecovery(
  trx: Knex,
  { cipher, index }: Sealing,
  visitor: string,
  claim: Claim,
): Promise<string> {
  await lockActiveAccount(trx, visitor, 'account');
  await trx('phone_recovery').where({ visitor_id: visitor, status: 'open' }).update(closing(trx, 'withdrawn'));
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  await trx('phone_recovery').insert({
    id,
    visitor_id: visitor,
    old_phone_enc: cipher.seal(address('old_phone_enc', id), claim.oldPhone),
    old_phone_hash: index('phone', claim.oldPhone),
    name_enc: cipher.seal(address('name_enc', id), claim.name),
    document_enc: cipher.seal(address('document_enc', id), claim.document),
    document_hash: index('document', claim.document),
  });
  return id;
}

/** How the newest claim of an account stands. */
export async function recoveryOf(
  db: Knex,
  visitor: string,
): Promise<{ status: 'open' | 'approved' | 'refused' | 'withdrawn'; createdAt: Date } | undefined> {
  const row = await db('phone_recovery').where({ visitor_id: visitor }).orderBy('id', 'desc').first();
  return row && { status: row.status, createdAt: row.created_at };
}

/** Oldest first. */
export async function openRecoveries(db: Knex, { cipher, index }: Sealing, id?: string): Promise<OpenRecovery[]> {
  const rows = await db('phone_recovery as q')
    .join('visitor as n', 'n.id', 'q.visitor_id')
    .where('q.status', 'open')
    .modify((query) => {
      if (id) query.where('q.id', id);
    })
    .orderBy('q.id')
    .limit(100)
    .select(
      'q.*',
      'n.phone_enc as new_phone_enc',
      db.raw(`exists (select from reservation r where r.visitor_id = q.visitor_id and r.submission_id is not null
        and r.stage <> 'closed') as busy`),
    );
  const claims = (rows as Row[]).map((row) => ({
    row,
    oldPhone: cipher.open(address('old_phone_enc', row.id), row.old_phone_enc),
  }));
  const accounts = await accountsOf(
    db,
    { cipher, index },
    claims.map(({ oldPhone }) => oldPhone),
  );
  return claims.map(({ row, oldPhone }) => {
    const name = cipher.open(address('name_enc', row.id), row.name_enc);
    const document = cipher.open(address('document_enc', row.id), row.document_enc);
    const account = accounts.get(oldPhone);
    return {
      id: row.id,
      name,
      createdAt: row.created_at,
      document,
      oldPhone,
      newPhone: row.new_phone_enc
        ? cipher.open({ table: 'visitor', column: 'phone_enc', row: row.visitor_id }, row.new_phone_enc)
        : '',
      account: {
        found: account !== undefined && account.id !== row.visitor_id,
        sameName: account !== undefined && foldName(account.name ?? '') === foldName(name),
        sameDocument: index.matches(account?.documentHash, 'document', document),
      },
      busy: row.busy,
    };
  });
}

/** Accounts that can be entered, by the phones that are claimed to have been theirs. */
async function accountsOf(db: Knex, { cipher, index }: Sealing, phones: string[]) {
  const hashes = new Map(
    phones.flatMap((phone) => index.every('phone', phone).map((hash) => [hash.toString('hex'), phone])),
  );
  const found = await db('visitor as o')
    .leftJoin('person as p', 'p.visitor_id', 'o.id')
    .whereIn(
      'o.phone_hash',
      [...hashes.keys()].map((hash) => Buffer.from(hash, 'hex')),
    )
    .whereNull('o.superseded_at')
    .select('o.id', 'o.phone_hash', 'p.id as person', 'p.name_enc', 'p.document_hash');
  return new Map(
    found.map((row) => {
      const name = row.name_enc && cipher.open({ table: 'person', column: 'name_enc', row: row.person }, row.name_enc);
      return [hashes.get(row.phone_hash.toString('hex')), { id: row.id, name, documentHash: row.document_hash }];
    }),
  );
}

/**
 * The office has seen the document. Approved: the old account takes over the new number and the claim; the fresh account
 * ends and is erased, since nobody can sign in to it any more and its owner's deletion would not reach it.
 *
 * @returns requests to deliver: visits that the fresh account goes along on take it out
 * @throws AppError `recovery_closed` (409) when it is decided already; `recovery_no_account`, `recovery_busy` (409) when
 * it cannot be granted; `recovery_other_account` (409) when the account that has the old number now is not of the claim's
 * document: somebody else may have registered the number meanwhile, and would lose their account.
 */
export async function decideRecovery(
  trx: Knex,
  sealing: Sealing,
  decision: { id: string; staff: string; approve: boolean; note: string },
): Promise<{ account?: string; visitor: string; requests: string[] }> {
  const { cipher, index } = sealing;
  const row = await trx('phone_recovery').where({ id: decision.id }).forUpdate().first();
  if (row?.status !== 'open') throw new AppError('recovery_closed', { status: 409 });
  const note = decision.note ? cipher.seal(address('note_enc', row.id), decision.note) : null;
  const close = (status: 'approved' | 'refused') =>
    trx('phone_recovery')
      .where({ id: row.id })
      .update({ ...closing(trx, status), staff_id: decision.staff, note_enc: note });
  if (!decision.approve) {
    await close('refused');
    return { visitor: row.visitor_id, requests: [] };
  }
  // Locked before it is compared, so that nobody can register the number in between.
  const account = await trx('visitor')
    .whereIn('phone_hash', index.every('phone', cipher.open(address('old_phone_enc', row.id), row.old_phone_enc)))
    .whereNull('superseded_at')
    .forUpdate()
    .first<{ id: string }>('id');
  const [claim] = await openRecoveries(trx, sealing, row.id);
  if (!account || !claim?.account.found) throw new AppError('recovery_no_account', { status: 409 });
  if (!claim.account.sameDocument) throw new AppError('recovery_other_account', { status: 409 });
  const fresh: string = row.visitor_id;
  const busy = claim.busy || (await hasOpenVisits(trx, fresh)) || (await runningVisits(trx, fresh)).length > 0;
  if (busy) throw new AppError('recovery_busy', { status: 409 });
  const requests = await leaveOpenVisits(trx, fresh);
  await close('approved');
  await beginErasure(trx, fresh, { cause: 'recovered' });
  await trx('phone_recovery').where({ id: row.id }).update({ visitor_id: account.id });
  await forgetKeptForms(trx, sealing, fresh);
  await eraseAccount(trx, fresh);
  await changePhone(trx, sealing, { visitor: account.id, phone: claim.newPhone });
  await trx('visitor').where({ id: account.id }).update({ last_seen_at: trx.fn.now() });
  return { account: account.id, visitor: fresh, requests };
}

interface Row {
  id: string;
  visitor_id: string;
  created_at: Date;
  name_enc: Buffer;
  old_phone_enc: Buffer;
  document_enc: Buffer;
  new_phone_enc: Buffer | null;
  busy: boolean;
}

/** Columns of a claim that ends: what was claimed is forgotten with the decision. */
export const closing = (trx: Knex, status: 'approved' | 'refused' | 'withdrawn') => ({
  status,
  closed_at: trx.fn.now(),

  old_phone_enc: null,
  old_phone_hash: null,
  name_enc: null,
  document_enc: null,
  document_hash: null,
});
