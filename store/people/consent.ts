import type { Knex } from 'knex';
import { recipientIds, type TransmissionPurpose } from '../../domain/recipients.ts';
import type { Notice } from '../content/notice.ts';

/**
 * Evidence of agreements: who, to which text (its hash), for what, when, by which channel. Kept for good; a withdrawal only
 * writes down when it ended.
 */

export type ConsentPurpose =
  | 'terms'
  | 'personal_information'
  | 'face'
  /** A photograph may stay for the next visit. */
  | 'keep_photo'
  /** A guardian's word for a child under fourteen. */
  | 'guardian'
  /** The lead declares that somebody without a phone agreed. */
  | 'companion'
  /** A transmission to a third party: called like the recipient (domain/recipients.ts). */
  | TransmissionPurpose;
export type ConsentChannel = 'browser' | 'wechat';

export interface Agreement {
  /** Whose account agrees. */
  visitor: string;
  notice: Notice;
  purpose: ConsentPurpose;
  channel: ConsentChannel;
  /** The person who is spoken for: a companion's row, a child's person. */
  subject?: string;
}

/** The same agreement again, while it stands, adds nothing. @returns the consent's id */
export async function giveConsent(trx: Knex, agreed: Agreement): Promise<string> {
  const about = {
    visitor_id: agreed.visitor,
    notice_id: agreed.notice.id,
    purpose: agreed.purpose,
    subject_id: agreed.subject ?? null,
  };
  const [given] = await trx('consent')
    .insert({ ...about, text_hash: agreed.notice.textHash, channel: agreed.channel })
    .onConflict(trx.raw('(visitor_id, notice_id, purpose, subject_id) where withdrawn_at is null'))
    .ignore()
    .returning<{ id: string }[]>('id');
  return given?.id ?? (await trx('consent').where(about).whereNull('withdrawn_at').first('id')).id;
}

/** Ends an agreement, once; what follows from that is the caller's. @returns whether one stood */
export async function withdrawConsent(trx: Knex, visitor: string, consent: string): Promise<boolean> {
  const ended = await trx('consent')
    .where({ id: consent, visitor_id: visitor })
    .whereNull('withdrawn_at')
    .update({ withdrawn_at: trx.fn.now() });
  return ended === 1;
}

/** Ends every agreement in force for one purpose, to any version of its text. @returns how many there were */
export async function withdrawConsents(
  trx: Knex,
  of: { visitor: string; purpose: ConsentPurpose; notice?: Notice['kind']; subject?: string },
): Promise<number> {
  const given = trx('consent').where({ visitor_id: of.visitor, purpose: of.purpose }).whereNull('withdrawn_at');
  if (of.subject) given.where({ subject_id: of.subject });
  const ofNotice = of.notice && trx('notice').where({ kind: of.notice }).select('id');
  return (ofNotice ? given.whereIn('notice_id', ofNotice) : given).update({ withdrawn_at: trx.fn.now() });
}

/** Recipients outside to which an account agreed that something about it is sent, as purposes. Only the newest text counts. */
export async function transmissionsAgreed(db: Knex, visitor: string): Promise<string[]> {
  return db('consent as c')
    .join('notice as n', 'n.id', 'c.notice_id')
    .where({ 'c.visitor_id': visitor, 'c.subject_id': null, 'c.withdrawn_at': null })
    .whereIn('c.purpose', [...recipientIds])
    .whereNotExists(
      db('notice as newer').whereRaw(
        'newer.kind = n.kind and newer.version > n.version and newer.published_at <= now()',
      ),
    )
    .pluck('c.purpose');
}
