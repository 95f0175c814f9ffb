import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import type { Product } from './product.ts';

/** Everything that a backup holds is gone: both databases and every key. */

const parts = ['gate-south', 'gate-east', 'door', 'web', 'worker'] as const;

export async function loseEverything({ ground, parts: running, folder, owner, db }: Product): Promise<void> {
  await Promise.all(parts.map((name) => running[name].stop()));
  await ground.engine.kill();
  for (const beside of ['', '-wal', '-shm']) rmSync(`${engineFile(ground.folder)}${beside}`, { force: true });
  await Promise.all([owner.destroy(), db.destroy()]);
  const url = new URL(ground.ownerUrl);
  const name = escapeIdentifier(url.pathname.slice(1));
  url.pathname = '/postgres';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query(`drop database ${name} with (force)`);
  await client.query(`create database ${name}`);
  await client.end();
  rmSync(join(folder, 'keys'), { recursive: true });
}

export async function bringUp({ ground, parts: stopped }: Product): Promise<void> {
  await ground.engine.start();
  await Promise.all(parts.map((name) => stopped[name].start()));
}

export const engineFile = (folder: string): string => join(folder, 'temporal', 'engine.db');
