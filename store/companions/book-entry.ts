import type { Knex } from 'knex';
import { documentTail } from '../../domain/identity-number.ts';
import { foldName } from '../../domain/text.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { AppError } from '../../platform/errors.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { type Agreement, giveConsent } from '../people/consent.ts';
import type { Companion, Declared, Sealing } from './companion.ts';

/** What a lead writes into their own book. */

export interface CompanionDetails {
  name: string;
  phone: string | null;
  /** Null: they are invited, and complete it themselves. */
  declared: Declared | null;
}

/** A new row of the lead's book, whose account is locked. @returns its id; undefined when the book has this phone already */
export async function addCompanion(
  trx: Knex,
  sealing: Sealing,
  lead: string,
  details: CompanionDetails,
): Promise<string | undefined> {
  if (await hasPhone(trx, sealing, lead, details.phone)) return undefined;
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  const added = await trx('companion')
    .insert({ id, visitor_id: lead, ...columnsOf(sealing, id, details) })
    .onConflict(trx.raw('(visitor_id, phone_hash) where removed_at is null and phone_hash is not null'))
    .ignore()
    .returning('id');
  return added.length > 0 ? id : undefined;
}

/** The guardian was not asked about another child, or another document: that agreement ends. */
export async function changeCompanion(
  trx: Knex,
  sealing: Sealing,
  companion: Companion,
  details: CompanionDetails,
): Promise<void> {
  if (await hasPhone(trx, sealing, companion.lead, details.phone, companion))
    throw new AppError('conflict', { status: 409 });
  const same =
    companion.declared?.document === details.declared?.document &&
    companion.declared?.birthDay === details.declared?.birthDay &&
    foldName(companion.name) === foldName(details.name);
  await trx('companion')
    .where({ id: companion.id, visitor_id: companion.lead })
    .update({
      ...columnsOf(sealing, companion.id, details),
      version: trx.raw('version + 1'),
      ...(same ? {} : { guardian_id: null }),
    });
}

function columnsOf({ cipher, index }: Sealing, id: string, { name, phone, declared }: CompanionDetails) {
  const { seal } = rowCipher(cipher, 'companion', id);
  return {
    name_enc: seal('name_enc', name),
    phone_enc: seal('phone_enc', phone),
    phone_hash: phone ? index('phone', phone) : null,
    sex: declared?.sex ?? null,
    document_type: declared?.documentType ?? null,
    nationality: declared?.nationality ?? null,
    document_enc: seal('document_enc', declared?.document ?? null),
    document_hash: declared ? index('document', declared.document) : null,
    document_tail_hash: declared ? index('document_tail', documentTail(declared.document)) : null,
    birth_day_enc: seal('birth_day_enc', declared?.birthDay ?? null),
    unit_enc: seal('unit_enc', declared?.unit ?? null),
    checked_at: new Date(),
  };
}

const hasPhone = async (trx: Knex, sealing: Sealing, lead: string, text: string | null, besides?: Companion) =>
  text !== null && isInBook(trx, sealing, { kind: 'phone', text, lead, ...(besides && { besides: besides.id }) });

/** Whether another row of the book has this document, or this phone, already. */
export async function isInBook(
  db: Knex,
  { index }: Pick<Sealing, 'index'>,
  { kind, text, lead, besides }: { kind: 'document' | 'phone'; text: string; lead: string; besides?: string },
): Promise<boolean> {
  const found = await db('companion')
    .where({ visitor_id: lead, removed_at: null })
    .whereIn(`${kind}_hash`, index.every(kind, text))
    .modify((query) => {
      if (besides) query.whereNot({ id: besides });
    })
    .first('id');
  return found !== undefined;
}

/** Whether an account stands in this book already. */
export async function hasMember(db: Knex, of: { lead: string; member: string }): Promise<boolean> {
  const found = await db('companion')
    .where({ visitor_id: of.lead, member_id: of.member, removed_at: null })
    .first('id');
  return found !== undefined;
}

/** The name of somebody who was invited and has not joined, corrected by the lead. */
export async function renameCompanion(
  trx: Knex,
  cipher: FieldCipher,
  companion: Pick<Companion, 'id' | 'lead'>,
  name: string,
): Promise<void> {
  await trx('companion')
    .where({ id: companion.id, visitor_id: companion.lead })
    .update({ name_enc: rowCipher(cipher, 'companion', companion.id).seal('name_enc', name) });
}

/** The lead declares that somebody of the book agreed: they may be submitted under this agreement. */
export async function declareAgreed(
  trx: Knex,
  { lead, companion, ...agreed }: { lead: string; companion: string } & Pick<Agreement, 'notice' | 'channel'>,
): Promise<void> {
  const consent = await giveConsent(trx, { ...agreed, visitor: lead, purpose: 'companion', subject: companion });
  await trx('companion').where({ id: companion, visitor_id: lead }).update({ consent_id: consent });
}
