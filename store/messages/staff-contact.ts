import type { Knex } from 'knex';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import { lockHash } from '../people/hash-lock.ts';
import { type StaffMessenger, staffMessengers } from './staff-messenger.ts';

/** How a member of staff is reached, and when they want to be. Their address is sealed like a visitor's phone. */

export interface StaffContact {
  name: string;
  language: 'zh-CN' | 'en';
  email?: string;
  /** The address takes nothing, or mail came back from it. It is not written to until it is entered anew. */
  emailFault: 'refused' | 'bounced' | null;
  emailFaultAt: Date | null;
  openid?: string;
  wechatSince: Date | null;
  /** WeChat takes no messages for this person. It is left alone until they follow the account again, or bind it anew. */
  wechatFault: WechatContactFault | null;
  wechatFaultAt: Date | null;
  messengers: StaffMessenger[];
  digest: boolean;
  quiet: boolean;
}

export type WechatContactFault = 'not_following' | 'bad_openid' | 'blocked';

/** SQL over a contact `c`: by one channel at least its person can be told. */
export const isReachable = `(c.email_enc is not null and c.email_fault is null
  or c.openid_enc is not null and c.wechat_fault is null
  or exists (select from staff_messenger m where m.staff_id = c.staff_id and m.fault is null))`;

/** SQL over a contact `c`: since when it has an address. */
export const reachableSince = `least(c.email_since, c.wechat_since,
  (select min(m.bound_at) from staff_messenger m where m.staff_id = c.staff_id))`;

const place = (staff: string, column: 'email_enc' | 'openid_enc') => ({ table: 'staff_contact', column, row: staff });

/** In clear: for sending, and for the person's own page. Somebody who never said anything has the defaults. */
export async function staffContact(db: Knex, cipher: FieldCipher, staff: string): Promise<StaffContact> {
  const row = await db('staff as s')
    .leftJoin('staff_contact as c', 'c.staff_id', 's.id')
    .where('s.id', staff)
    .first('s.name', 'c.*');
  if (!row) throw new Error('A contact of nobody');
  return {
    name: row.name,
    language: row.language ?? 'zh-CN',
    ...(row.email_enc && { email: cipher.open(place(staff, 'email_enc'), row.email_enc) }),
    emailFault: row.email_fault ?? null,
    emailFaultAt: row.email_fault_at ?? null,
    ...(row.openid_enc && { openid: cipher.open(place(staff, 'openid_enc'), row.openid_enc) }),
    wechatSince: row.wechat_since ?? null,
    wechatFault: row.wechat_fault ?? null,
    wechatFaultAt: row.wechat_fault_at ?? null,
    messengers: await staffMessengers(db, cipher, staff),
    digest: row.digest ?? true,
    quiet: row.quiet ?? true,
  };
}

/**
 * What the person says of themselves. Another address, or the same again after it failed, is tried afresh. Links to
 * tasks that went to an address which is not theirs any more open nothing.
 */
export async function saveStaffContact(
  trx: Knex,
  cipher: FieldCipher,
  staff: string,
  said: Pick<StaffContact, 'language' | 'digest' | 'quiet'> & { email: string },
): Promise<void> {
  const before = await trx('staff_contact').where({ staff_id: staff }).forUpdate().first('email_enc', 'email_fault');
  const known = before?.email_enc ? cipher.open(place(staff, 'email_enc'), before.email_enc) : '';
  const email = {
    email_enc: said.email ? cipher.seal(place(staff, 'email_enc'), said.email) : null,
    email_since: said.email ? trx.fn.now() : null,
    email_fault: null,
    email_fault_at: null,
  };
  const isNew = said.email !== known;
  const afresh = isNew || Boolean(before?.email_fault);
  const row = { language: said.language, digest: said.digest, quiet: said.quiet, ...(afresh && email) };
  if (isNew) await trx('task_link').where({ staff_id: staff, channel: 'mail' }).whereNull('used_at').delete();
  await trx('staff_contact')
    .insert({ staff_id: staff, ...row })
    .onConflict('staff_id')
    .merge(row);
}

/** An address that they have shown to be theirs. One that they set themselves stays. */
export async function adoptAddress(trx: Knex, cipher: FieldCipher, staff: string, address: string): Promise<void> {
  const row = { email_enc: cipher.seal(place(staff, 'email_enc'), address), email_since: trx.fn.now() };
  await trx('staff_contact')
    .insert({ staff_id: staff, ...row })
    .onConflict('staff_id')
    .merge(row)
    .whereNull('staff_contact.email_enc');
}

/** @returns false where another member of staff has this WeChat */
export async function bindStaffWechat(
  trx: Knex,
  { cipher, index }: { cipher: FieldCipher; index: BlindIndex },
  staff: string,
  openid: string,
): Promise<boolean> {
  const hash = index.hash('openid', openid);
  await lockHash(trx, hash);
  const others = trx('staff_contact').whereIn('openid_hash', hash.every).whereNot({ staff_id: staff });
  if (await others.first('staff_id')) return false;
  const row = {
    openid_enc: cipher.seal(place(staff, 'openid_enc'), openid),
    openid_hash: hash.current,
    wechat_since: trx.fn.now(),
    ...noWechatFault,
  };
  await trx('staff_contact')
    .insert({ staff_id: staff, ...row })
    .onConflict('staff_id')
    .merge(row);
  return true;
}

/** @returns whether one was bound */
export async function unbindStaffWechat(trx: Knex, staff: string): Promise<boolean> {
  const none = { openid_enc: null, openid_hash: null, wechat_since: null, ...noWechatFault };
  return (await trx('staff_contact').where({ staff_id: staff }).whereNotNull('openid_enc').update(none)) > 0;
}

/** The address takes nothing: it is left alone from now on. */
export const markAddress = (db: Knex, staff: string, mark: Mark<'refused' | 'bounced'>): Promise<void> =>
  leaveAlone(db, staff, 'email', mark);

/** WeChat takes nothing for this person: it is left alone from now on. */
export const markWechat = (db: Knex, staff: string, mark: Mark<WechatContactFault>): Promise<void> =>
  leaveAlone(db, staff, 'wechat', mark);

/** `writtenAt`: an address entered, or a WeChat bound, since is another one. */
interface Mark<Fault> {
  fault: Fault;
  writtenAt: Date;
}

async function leaveAlone(db: Knex, staff: string, by: 'email' | 'wechat', { fault, writtenAt }: Mark<string>) {
  await db('staff_contact')
    .where({ staff_id: staff })
    .whereNull(`${by}_fault`)
    .where(`${by}_since`, '<=', writtenAt)
    .update({ [`${by}_fault`]: fault, [`${by}_fault_at`]: db.fn.now() });
}

const noWechatFault = { wechat_fault: null, wechat_fault_at: null };

/** Its owner says that it takes messages again. */
export async function retryStaffWechat(db: Knex, staff: string): Promise<void> {
  await db('staff_contact').where({ staff_id: staff }).whereNotNull('wechat_fault').update(noWechatFault);
}

/** Somebody follows the account, or does not any more; perhaps nobody of the staff. WeChat may bring events late. */
export async function recordStaffFollowing(
  db: Knex,
  index: BlindIndex,
  { openid, follows, at }: { openid: string; follows: boolean; at: Date },
): Promise<void> {
  const known = db('staff_contact').whereIn('openid_hash', index.every('openid', openid));
  if (follows) {
    await known.whereNotNull('wechat_fault').where('wechat_fault_at', '<=', at).update(noWechatFault);
  } else {
    const fault = { wechat_fault: 'not_following', wechat_fault_at: at };
    await known.whereNull('wechat_fault').where('wechat_since', '<=', at).update(fault);
  }
}
