import type { Knex } from 'knex';
import { mayTransmit } from '../../domain/recipients.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { transmissionsAgreed } from './consent.ts';

/** How a visitor can be reached. In clear: for sending only. */
export interface Contact {
  openid?: string;
  /** Eleven digits. */
  phone?: string;
  language: 'zh-CN' | 'en';
}

/**
 * A number that was assigned anew belongs to somebody else: a visitor who was superseded is reached by nothing. A visitor who left the
 * official account gets no WeChat message any more: the next way is taken at once. So is it where nobody agreed to the transmission.
 */
export async function contactOf(db: Knex, cipher: FieldCipher, visitor: string): Promise<Contact> {
  const row = await db('visitor').where({ id: visitor }).first();
  const agreed = await transmissionsAgreed(db, visitor);
  if (!row) throw new Error('A message to a visitor without a row');
  const open = (column: 'openid_enc' | 'phone_enc'): string =>
    cipher.open({ table: 'visitor', column, row: visitor }, row[column]);
  const reachable = row.superseded_at === null;
  return {
    ...(reachable &&
      row.openid_enc &&
      row.wechat_left_at === null &&
      mayTransmit('wechat', agreed) && { openid: open('openid_enc') }),
    ...(reachable && row.phone_enc && mayTransmit('sms', agreed) && { phone: open('phone_enc') }),
    language: row.language,
  };
}
