import type { Knex } from 'knex';

/** A request that is sent again under the same name is the same request. */

export interface Once {
  key: string;
  /** Keyed hashes of the name and of the body, 32 bytes each. */
  name: Buffer;
  body: Buffer;
}

/**
 * Takes the name, or waits for who takes it at the same moment. Call it in the transaction that writes the answer.
 *
 * @returns the row that was the answer the first time, and whether the body was the same; undefined: this is the first time
 */
export async function takeOnce(
  trx: Knex,
  { key, name, body }: Once,
  answer: string,
): Promise<{ answer: string; same: boolean } | undefined> {
  const of = { api_key_id: key, once_hash: name };
  const taken = await trx('api_once')
    .insert({ ...of, body_hash: body, answer_id: answer })
    .onConflict(['api_key_id', 'once_hash'])
    .ignore()
    .returning('answer_id');
  if (taken.length > 0) return undefined;
  const first = await trx('api_once').where(of).first('answer_id', 'body_hash');
  return { answer: first.answer_id, same: body.equals(first.body_hash) };
}
