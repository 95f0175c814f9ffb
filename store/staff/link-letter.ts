import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { type AttemptEnd, endColumns } from '../messages/message-attempt.ts';
import type { StaffLinkUse } from './link-use.ts';

/** How links to sign in are handed to the mail server: a row before each try, with the hash of the token that it carries. */

export interface DueLinkMail {
  link: string;
  use: StaffLinkUse;
  name: string;
  address: string;
  expiresAt: Date;
  letters: { startedAt: Date; outcome: 'accepted' | 'refused' | 'unknown' | null; fault: string | null }[];
}

/**
 * Takes the one that waits longest and puts it away for as long as it is held, so that two workers never send it at the same
 * moment. What nobody can use any more is closed on the way.
 * @param held in ms
 */
export async function claimLinkMail(
  db: Knex,
  cipher: FieldCipher,
  { now, held }: { now: Date; held: number },
): Promise<DueLinkMail | undefined> {
  await db.raw(
    `update staff_link_mail m set status = 'failed' from staff_link l
      where l.id = m.link_id and m.status = 'pending' and m.send_after <= :now and l.expires_at <= :now`,
    { now },
  );
  const { rows } = await db.raw(
    `update staff_link_mail m set send_after = :now::timestamptz + :held * interval '1 millisecond'
       from staff_link l join staff s on s.id = l.staff_id
      where l.id = m.link_id and m.link_id = (
        select d.link_id from staff_link_mail d where d.status = 'pending' and d.send_after <= :now
         order by d.send_after, d.link_id limit 1 for update skip locked)
      returning m.link_id as link, m.address_enc as address, l.use, l.expires_at as "expiresAt", s.name`,
    { now, held },
  );
  const [row] = rows;
  if (!row) return undefined;
  const letters = await db('staff_link_letter').where({ link_id: row.link }).orderBy(['started_at', 'id']);
  return {
    ...row,
    address: cipher.open({ table: 'staff_link_mail', column: 'address_enc', row: row.link }, row.address),
    letters: letters.map((one) => ({ startedAt: one.started_at, outcome: one.outcome, fault: one.fault })),
  };
}

/** @returns the letter, and the token that it alone carries; undefined where the link was used or replaced meanwhile */
export async function beginLinkLetter(db: Knex, link: string): Promise<{ id: string; token: string } | undefined> {
  const token = randomBytes(32).toString('base64url');
  const { rows } = await db.raw(
    `insert into staff_link_letter (link_id, token_hash) select link_id, :hash from staff_link_mail where link_id = :link
      returning id`,
    { link, hash: hashOfLetter(token) },
  );
  return rows[0] && { id: rows[0].id, token };
}

/** Whose link is gone meanwhile has nothing to finish. A report that came before the server's own word stands. */
export async function finishLinkLetter(
  db: Knex,
  { link, letter, end }: { link: string; letter: string; end: AttemptEnd & { code?: string } },
  next: { status: 'sent' | 'unknown' | 'failed' } | { sendAfter: Date },
): Promise<void> {
  await db.transaction(async (trx) => {
    await trx('staff_link_letter')
      .where({ id: letter })
      .update({ ...endColumns(trx, end), code: end.code ?? null });
    await settleLinkMail(trx, link, next);
  });
}

export async function settleLinkMail(
  db: Knex,
  link: string,
  next: { status: 'sent' | 'unknown' | 'failed' } | { sendAfter: Date },
): Promise<void> {
  const change = 'status' in next ? { status: next.status } : { send_after: next.sendAfter };
  await db('staff_link_mail').where({ link_id: link, status: 'pending' }).update(change);
}

/**
 * A mail with a link came back: its account says so. The first report counts.
 * @param messageId such as `<uuid@campus.example>`
 * @returns false when no mail of ours has this id
 */
export async function recordLinkBounce(db: Knex, messageId: string, receipt: string): Promise<boolean> {
  const id = /^<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@/.exec(messageId)?.[1];
  return db.transaction(async (trx) => {
    const letter = id && (await trx('staff_link_letter').where({ id }).first('id', 'link_id', 'receipt'));
    if (!letter) return false;
    if (letter.receipt) return true;
    await trx('staff_link_letter').where({ id }).update({ receipt, receipt_at: trx.fn.now() });
    await trx('staff_link_mail').where({ link_id: letter.link_id }).update({ status: 'failed' });
    return true;
  });
}

/** 256 random bits need no key to be safe. */
export const hashOfLetter = (token: string): Buffer => createHash('sha256').update(token).digest();
