import type { Knex } from 'knex';
import type { Channel } from '../../domain/reservation.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { lockActiveAccount } from '../people/account-lock.ts';

/** The companions that a lead has ticked for the form they are filling, and what stood in it when they left it for the book. */

export interface ChosenParty {
  id: string;
  channel: Channel;
  /** Rows of the book, in order. */
  companions: string[];
  isGroup: boolean;
  /** The form's texts by field name. */
  form: Record<string, string>;
  createdAt: Date;
}

export async function findParty(
  db: Knex,
  cipher: FieldCipher,
  lead: string,
  id: string,
): Promise<ChosenParty | undefined> {
  const row = await ofLead(db, lead).where({ id }).first();
  return row && openForm(cipher, row);
}

/** Every form of a lead that waits, oldest first. */
export async function partiesOf(db: Knex, cipher: FieldCipher, lead: string): Promise<ChosenParty[]> {
  const rows = await ofLead(db, lead).orderBy('created_at');
  return rows.map((row) => openForm(cipher, row));
}

type Row = Omit<ChosenParty, 'form'> & { sealed: Buffer | null };

const ofLead = (db: Knex, lead: string) =>
  db('chosen_party').where({ visitor_id: lead }).select<Row[]>({
    id: 'id',
    channel: 'channel',
    companions: 'companions',
    isGroup: 'is_group',
    sealed: 'form_enc',
    createdAt: 'created_at',
  });

function openForm(cipher: FieldCipher, { sealed, ...party }: Row): ChosenParty {
  return { ...party, form: sealed ? JSON.parse(cipher.open(addressOf(party.id), sealed)) : {} };
}

/** As many forms of one visitor wait: enough for tabs left open, and no store of their own. */
const mostParties = 5;

/** Keeps the form, in a new row or in the one that it came with. Rows of days ago go, and the oldest. @returns the row's id */
export async function keepParty(
  trx: Knex,
  cipher: FieldCipher,
  lead: string,
  { party, channel, form }: { party: string | undefined; channel: Channel; form: Record<string, string> },
): Promise<string> {
  await lockActiveAccount(trx, lead);
  await trx('chosen_party')
    .where({ visitor_id: lead })
    .where('created_at', '<', trx.raw(`now() - interval '1 day'`))
    .whereNot('id', party ?? null)
    .delete();
  const known = party && (await trx('chosen_party').where({ id: party, visitor_id: lead }).first('id'));
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const id: string = known ? known.id : rows[0].id;
  const form_enc = cipher.seal(addressOf(id), JSON.stringify(form));
  if (known) {
    await trx('chosen_party').where({ id }).update({ channel, form_enc });
    return id;
  }
  await trx('chosen_party').insert({ id, visitor_id: lead, channel, form_enc });
  const newest = trx('chosen_party').where({ visitor_id: lead }).orderBy('id', 'desc').limit(mostParties).select('id');
  await trx('chosen_party').where({ visitor_id: lead }).whereNotIn('id', newest).delete();
  return id;
}

export async function chooseCompanions(
  trx: Knex,
  lead: string,
  id: string,
  { companions, isGroup }: { companions: string[]; isGroup?: boolean },
): Promise<void> {
  await trx('chosen_party')
    .where({ id, visitor_id: lead })
    .update({ companions, ...(isGroup === undefined ? {} : { is_group: isGroup }) });
}

export async function forgetParty(trx: Knex, lead: string, id: string): Promise<void> {
  await trx('chosen_party').where({ id, visitor_id: lead }).delete();
}

const addressOf = (row: string) => ({ table: 'chosen_party', column: 'form_enc', row });
