import type { Knex } from 'knex';
import type { ScimFilter } from '../../domain/scim.ts';
import { normaliseUsername } from '../../domain/username.ts';

/** Accounts of staff as the university's directory sees them: all but those that it deleted. */

export interface DirectoryUser {
  id: string;
  userName: string;
  externalId: string | null;
  name: string;
  active: boolean;
  /** Held back from a change of the user name. */
  isAdmin: boolean;
  createdAt: Date;
}

export async function listDirectory(
  db: Knex,
  filter: ScimFilter | undefined,
  { offset, limit, demo }: { offset: number; limit: number; demo: boolean },
): Promise<{ total: number; users: DirectoryUser[] }> {
  const found = () => matching(db, filter, demo);
  const [{ count }] = await found().count();
  const rows = limit === 0 ? [] : await found().select(columns).orderBy('id').offset(offset).limit(limit);
  return { total: Number(count), users: rows.map(readRow) };
}

export async function findDirectoryUser(
  db: Knex,
  id: string,
  { demo, lock = false }: { demo: boolean; lock?: boolean },
): Promise<DirectoryUser | undefined> {
  const query = matching(db, { by: 'id', value: id }, demo).first(columns);
  const row = await (lock ? query.forUpdate() : query);
  return row && readRow(row);
}

/** Somebody whom the directory deleted, and whom it has again: by user name. */
export async function findRemoved(
  trx: Knex,
  userName: string,
): Promise<{ id: string; externalId: string | null } | undefined> {
  const row = await trx('staff')
    .where({ username: userName })
    .whereNotNull('scim_removed_at')
    .forUpdate()
    .first('id', 'external_id');
  return row && { id: row.id, externalId: row.external_id };
}

export interface DirectoryEdit {
  userName?: string;
  name?: string;
  externalId?: string | null;
}

/** A new user name frees the former one: where the university named the person by it, the next sign-in links anew. */
export async function editDirectoryUser(trx: Knex, user: DirectoryUser, to: DirectoryEdit): Promise<void> {
  const columns = {
    ...(to.userName !== undefined && { username: to.userName }),
    ...(to.name !== undefined && { name: to.name }),
    ...(to.externalId !== undefined && { external_id: to.externalId }),
  };
  if (Object.keys(columns).length > 0) await trx('staff').where({ id: user.id }).update(columns);
  if (to.userName !== undefined && to.userName !== user.userName)
    await trx('staff_identity').where({ staff_id: user.id }).whereRaw('lower(subject) = ?', [user.userName]).delete();
}

/** Of somebody who has left. */
export async function hideFromDirectory(trx: Knex, id: string): Promise<void> {
  await trx('staff').where({ id }).whereNotNull('left_at').update({ scim_removed_at: trx.fn.now() });
}

/** Whether a change failed because somebody else has the user name or the directory's name. */
export const isTaken = (error: unknown): boolean =>
  ['staff_username_key', 'staff_external_id_key'].includes((error as { constraint?: string }).constraint ?? '');

const columns = ['id', 'username', 'external_id', 'name', 'left_at', 'is_admin', 'created_at'];

function matching(db: Knex, filter: ScimFilter | undefined, demo: boolean): Knex.QueryBuilder {
  return db('staff')
    .whereNull('scim_removed_at')
    .modify((query) => {
      if (!demo) query.where({ demo: false });
      if (filter?.by === 'id') query.where(uuid.test(filter.value) ? { id: filter.value } : db.raw('false'));
      if (filter?.by === 'userName') query.where({ username: plain(normaliseUsername(filter.value)) });
      if (filter?.by === 'externalId') query.where({ external_id: plain(filter.value) });
    });
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** PostgreSQL takes no NUL, and nobody has one. */
const plain = (text: string): string => text.replaceAll('\0', '\ufffd');

const readRow = (row: {
  id: string;
  username: string;
  external_id: string | null;
  name: string;
  left_at: Date | null;
  is_admin: boolean;
  created_at: Date;
}): DirectoryUser => ({
  id: row.id,
  userName: row.username,
  externalId: row.external_id,
  name: row.name,
  active: row.left_at === null,
  isAdmin: row.is_admin,
  createdAt: row.created_at,
});
