import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { day, minute } from '../../domain/time.ts';
import { isUsername } from '../../domain/username.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { isUnavailable } from '../../platform/unavailable.ts';
import { record } from '../audit/audit.ts';
import { staffContact } from '../messages/staff-contact.ts';
import { isIssuer, waysIn } from './identity.ts';
import { mailLink } from './link-mail.ts';
import { lockServing } from './serving.ts';
import { countAskedLinks, makeAskedLink } from './staff-link.ts';

/**
 * Somebody has forgotten their password and asks for a link. The page keeps what was typed and nothing more, whether or not
 * there is such an account; a worker looks, so that no answer and no time tells.
 */

export interface Asking {
  /** Normalised. */
  username: string;
  /** By whom the university signs people in at present. */
  issuers: string[];
  addressHash: Buffer;
  requestId: string;
}

/** From the asking on. */
const lifetime = 30 * minute;
/** To one account, wherever they are asked for. */
const mailsADay = 10;

const place = (row: string) => ({ table: 'password_asking', column: 'username_enc', row });

export async function askForPassword(db: Knex, cipher: FieldCipher, asking: Asking): Promise<void> {
  const id = randomUUID();
  await db('password_asking').insert({
    id,
    username_enc: cipher.seal(place(id), asking.username),
    issuers: asking.issuers,
    address_hash: asking.addressHash,
    request_id: asking.requestId,
  });
}

/**
 * Answers the one that waits longest, once, with a mail where there is an account with an address that takes mail. Its
 * password stays until the link is used. One that cannot be answered is given up and holds up none of the others: whoever
 * asked asks again.
 * @returns false where none waits
 */
export async function answerNextAsking(db: Knex, cipher: FieldCipher, allowed: { demo: boolean }): Promise<boolean> {
  let taken: string | undefined;
  const answer = async (trx: Knex) => {
    const { rows } = await trx.raw(
      `delete from password_asking where id = (
         select id from password_asking order by asked_at, id limit 1 for update skip locked) returning *`,
    );
    const [row] = rows;
    if (!row) return false;
    taken = row.id;
    const staff = await accountOf(trx, cipher.open(place(row.id), row.username_enc), allowed);
    const expiresAt = new Date(row.asked_at.getTime() + lifetime);
    const sent = staff ? await mail(trx, cipher, { staff, issuers: row.issuers, expiresAt }) : 'nothing';
    await record(trx, {
      actor: { kind: 'anonymous' },
      action: 'staff_password_asked',
      subject: { kind: 'staff', id: staff ?? 'unknown' },
      detail: { sent },
      addressHash: row.address_hash,
      requestId: row.request_id,
    });
    return true;
  };
  try {
    return await db.transaction(answer);
  } catch (error) {
    // While the database is away, or others were in its way, it waits instead.
    if (taken && !isUnavailable(error)) await db('password_asking').where({ id: taken }).delete();
    throw error;
  }
}

/** @returns nothing for somebody who has left, and for a demo login where there are none */
async function accountOf(trx: Knex, username: string, allowed: { demo: boolean }): Promise<string | undefined> {
  // PostgreSQL takes no NUL.
  if (!isUsername(username)) return undefined;
  const row = await trx('staff').where({ username }).first('id', 'demo');
  return row && (allowed.demo || !row.demo) && (await lockServing(trx, row.id)) ? row.id : undefined;
}

async function mail(
  trx: Knex,
  cipher: FieldCipher,
  { staff, issuers, expiresAt }: { staff: string; issuers: string[]; expiresAt: Date },
): Promise<'forgotten' | 'university' | 'nothing'> {
  const now = Date.now();
  const { email: address, emailFault } = await staffContact(trx, cipher, staff);
  if (!address || emailFault || expiresAt.getTime() <= now) return 'nothing';
  if ((await countAskedLinks(trx, staff, new Date(now - day))) >= mailsADay) return 'nothing';
  const { hasPassword, identities } = await waysIn(trx, staff);
  const isUniversitys = identities.some((one) => issuers.some((by) => isIssuer(one.issuer, by)));
  const use = !hasPassword && isUniversitys ? 'university' : 'forgotten';
  const link = await makeAskedLink(trx, { staff, use, expiresAt });
  await mailLink(trx, cipher, { link, address });
  return use;
}
