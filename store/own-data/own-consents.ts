import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { takeOut } from '../companions/companion-ready.ts';
import { removeCompanion } from '../companions/removal.ts';
import { type Localized, localized } from '../content/content-cache.ts';
import type { NoticeKind } from '../content/notice.ts';
import { lockAccount } from '../people/account-lock.ts';
import { type ConsentChannel, type ConsentPurpose, withdrawConsent, withdrawConsents } from '../people/consent.ts';
import { removePhoto } from '../people/photo.ts';
import { cancelOpenVisits, leaveOpenVisits } from './own-visits.ts';

/** What an account agreed to, and what follows when it takes that back (PIPL art. 15, 47). */

export interface OwnConsent {
  id: string;
  purpose: ConsentPurpose;
  notice: { id: string; kind: NoticeKind; version: number; title: Localized };
  textHash: Buffer;
  channel: ConsentChannel;
  givenAt: Date;
  withdrawnAt: Date | null;
  /** The companion that is spoken for, by the name in the own book; null for oneself, and once that name is gone. */
  companion: string | null;
  subject: string | null;
}

/** Those in force first, then the newest. */
export async function consentsOf(db: Knex, cipher: FieldCipher, visitor: string, id?: string): Promise<OwnConsent[]> {
  const rows = await db('consent as c')
    .join('notice as n', 'n.id', 'c.notice_id')
    .joinRaw('left join companion as w on w.id = c.subject_id and w.visitor_id = c.visitor_id')
    .where('c.visitor_id', visitor)
    .modify((query) => {
      if (id) query.where('c.id', id);
    })
    .orderByRaw('c.withdrawn_at is not null, c.given_at desc, c.id')
    .select('c.*', 'n.kind', 'n.version', 'n.title_zh', 'n.title_en', 'w.id as companion_id', 'w.name_enc');
  return rows.map((row: Row) => ({
    id: row.id,
    purpose: row.purpose,
    notice: { id: row.notice_id, kind: row.kind, version: row.version, title: localized({ ...row }, 'title') },
    textHash: row.text_hash,
    channel: row.channel,
    givenAt: row.given_at,
    withdrawnAt: row.withdrawn_at,
    companion:
      row.companion_id && row.name_enc
        ? cipher.open({ table: 'companion', column: 'name_enc', row: row.companion_id }, row.name_enc)
        : null,
    subject: row.subject_id,
  }));
}

interface Row {
  id: string;
  purpose: ConsentPurpose;
  notice_id: string;
  kind: NoticeKind;
  version: number;
  title_zh: string;
  title_en: string;
  text_hash: Buffer;
  channel: ConsentChannel;
  given_at: Date;
  withdrawn_at: Date | null;
  subject_id: string | null;
  companion_id: string | null;
  name_enc: Buffer | null;
}

/** The terms are a contract, no consent: they end with the account. */
export const mayWithdraw = ({ purpose }: Pick<OwnConsent, 'purpose'>): boolean => purpose !== 'terms';

/**
 * Ends an agreement and does what follows from that; what visits have to do about it is asked of them. Once: the second
 * time nothing happens.
 * @returns the requests to deliver; undefined when it had ended already
 */
export async function withdrawOwnConsent(
  trx: Knex,
  visitor: string,
  consent: OwnConsent,
): Promise<string[] | undefined> {
  await lockAccount(trx, visitor);
  if (!(await withdrawConsent(trx, visitor, consent.id))) return undefined;
  return effects[consent.purpose](trx, visitor, consent);
}

const effects: Record<ConsentPurpose, (trx: Knex, visitor: string, consent: OwnConsent) => Promise<string[]>> = {
  terms: async () => [],
  face: async (trx, visitor) => {
    await endFace(trx, visitor);
    return [];
  },
  keep_photo: async (trx, visitor, { notice }) => {
    const kind = notice.kind === 'face' ? 'face' : 'document';
    await trx('photo').where({ visitor_id: visitor, companion_id: null, kind }).update({ keep: false });
    return [];
  },
  // Messages go by text from now on.
  wechat: async () => [],
  personal_information: async (trx, visitor) => {
    await withdrawConsents(trx, { visitor, purpose: 'personal_information' });
    await endPhotos(trx, visitor);
    return [...(await cancelOpenVisits(trx, visitor)), ...(await leaveOpenVisits(trx, visitor))];
  },
  guardian,
  companion: async (trx, visitor, { subject }) => {
    if (!subject) return [];
    // Declared by the lead, or one's own word for somebody else's book: the row is its lead's.
    const row = await trx('companion')
      .where({ id: subject })
      .andWhere((own) => own.where({ visitor_id: visitor }).orWhere({ member_id: visitor }))
      .first('visitor_id');
    if (row) await removeCompanion(trx, { id: subject, lead: row.visitor_id });
    return takeOut(trx, subject, { kind: 'visitor', id: visitor });
  },
};

async function endFace(trx: Knex, visitor: string): Promise<void> {
  await removePhoto(trx, visitor, 'face');
  await withdrawConsents(trx, { visitor, purpose: 'face' });
  await withdrawConsents(trx, { visitor, purpose: 'keep_photo', notice: 'face' });
}

async function endPhotos(trx: Knex, visitor: string): Promise<void> {
  await endFace(trx, visitor);
  await removePhoto(trx, visitor, 'document');
  await withdrawConsents(trx, { visitor, purpose: 'keep_photo' });
}

/** Without a guardian's word nobody keeps a picture of the child, and the child takes part in nothing that is still open. */
async function guardian(trx: Knex, visitor: string, consent: OwnConsent): Promise<string[]> {
  const guardians = await trx('guardian').where({ visitor_id: visitor, consent_id: consent.id }).pluck('id');
  const without = { guardian_id: null, version: trx.raw('version + 1') };
  const children = await trx('companion')
    .where({ visitor_id: visitor })
    .whereIn('guardian_id', guardians)
    .update(without)
    .returning<{ id: string }[]>('id');
  const self = await trx('person').where({ visitor_id: visitor }).whereIn('guardian_id', guardians).update(without);
  await trx('guardian')
    .whereIn('id', guardians)
    .whereNull('erased_at')
    .update({ name_enc: null, phone_enc: null, phone_hash: null, erased_at: trx.fn.now() });
  const requests: string[] = [];
  for (const { id } of children) requests.push(...(await takeOut(trx, id, { kind: 'visitor', id: visitor })));
  if (self === 0) return requests;
  await endPhotos(trx, visitor);
  return [...requests, ...(await cancelOpenVisits(trx, visitor)), ...(await leaveOpenVisits(trx, visitor))];
}
