import { randomBytes } from 'node:crypto';
import knex, { type Knex } from 'knex';
import { inject } from 'vitest';
import { openDatabase } from '../platform/db.ts';

export type TestDatabase = {
  /** As the application: a member of `xiaomen_app`. */
  db: Knex;
  /** As the owner, for looking at and arranging what the application may not. */
  owner: Knex;
  url: string;
  ownerUrl: string;
  drop(): Promise<void>;
};

/**
 * A database of the caller's own, migrated and empty.
 *
 * @param from `empty` for one without a schema, to try migrations on.
 */
export async function freshDatabase(from: 'migrated' | 'empty' = 'migrated'): Promise<TestDatabase> {
  const server = inject('postgres');
  const name = `t_${randomBytes(8).toString('hex')}`;
  await asOwner((owner) =>
    // Copying files costs half of what the log of every page costs, where nothing is written to a disk for good.
    owner.raw('create database ?? template ?? strategy file_copy', [name, from === 'empty' ? 'template0' : 'template']),
  );

  const url = withDatabase(server.appUrl, name);
  const ownerUrl = withDatabase(server.ownerUrl, name);
  const db = openDatabase({ DATABASE_URL: url, DATABASE_POOL: 10 });
  const owner = openDatabase({ DATABASE_URL: ownerUrl, DATABASE_POOL: 2 });
  return {
    db,
    owner,
    url,
    ownerUrl,
    async drop() {
      await Promise.all([db.destroy(), owner.destroy()]);
      await asOwner((connection) => connection.raw('drop database if exists ?? with (force)', [name]));
    },
  };
}

/** Outside every test database: a template must have no connections while it is copied. */
async function asOwner<T>(act: (connection: Knex) => PromiseLike<T>): Promise<T> {
  const connection = knex({
    client: 'pg',
    connection: withDatabase(inject('postgres').ownerUrl, 'postgres'),
    pool: { min: 0, max: 1 },
  });
  try {
    return await act(connection);
  } finally {
    await connection.destroy();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
