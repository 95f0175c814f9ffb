import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256Of, sha256OfJson } from './files.ts';

/** What a backup holds, under a SHA-256 of its own. It is written last: a folder without it is no backup. */

const file = z.object({
  file: z
    .string()
    .regex(/^[\w./-]+$/)
    .refine((path) => !path.includes('..')),
  bytes: z.number(),
  sha256: z.string().length(64),
});
const rows = z.object({
  tables: z.array(file.extend({ table: z.string(), columns: z.array(z.string()), rows: z.number() })),
  sequences: z.array(z.object({ name: z.string(), value: z.string(), called: z.boolean() })),
});
const database = rows.extend({ takenAt: z.iso.datetime(), server: z.string() });
export const manifestShape = z.object({
  format: z.literal('xiaomen backup 1'),
  release: z.string(),
  /** Up to which everything that was acknowledged is in it: when the application's database was looked at. */
  takenAt: z.iso.datetime(),
  application: database.extend({
    migrations: z.array(z.string()),
    fingerprints: z.record(z.string(), z.record(z.string(), z.string())),
  }),
  engine: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('file'), takenAt: z.iso.datetime(), file }),
    z.object({
      kind: z.literal('postgres'),
      takenAt: z.iso.datetime(),
      history: database.extend({ schema: z.string() }),
      visibility: database.extend({ schema: z.string() }),
    }),
  ]),
  keys: file,
});
export type Manifest = z.infer<typeof manifestShape>;

const name = 'manifest.json';

export function writeManifest(folder: string, manifest: Manifest): void {
  const path = join(folder, name);
  const whole = { ...manifest, sha256: sha256OfJson(manifest) };
  writeFileSync(`${path}.new`, `${JSON.stringify(whole, null, 1)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
}

export const isBackup = (folder: string): boolean => existsSync(join(folder, name));

/** @throws Error when the folder is no backup, is of another format, or a file is missing or is not as it was written */
export async function readManifest(folder: string): Promise<Manifest> {
  if (!isBackup(folder)) throw new Error(`${folder} is no backup: it has no ${name}`);
  const read = manifestShape.safeParse(asWritten(join(folder, name)));
  if (!read.success) throw new Error(`${join(folder, name)} is not one that this release can read`);
  for (const { file: path, bytes, sha256 } of filesOf(read.data)) {
    const full = join(folder, path);
    if (!existsSync(full)) throw new Error(`${path} is missing in ${folder}`);
    if (statSync(full).size !== bytes || (await sha256Of(full)) !== sha256)
      throw new Error(`${path} in ${folder} is not as it was written: take another backup`);
  }
  return read.data;
}

/** @throws Error when a byte of it is another */
function asWritten(path: string): unknown {
  try {
    const { sha256, ...manifest } = JSON.parse(readFileSync(path, 'utf8'));
    if (sha256 === sha256OfJson(manifest)) return manifest;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Error(`${path} is not as it was written: take another backup`);
}

export function filesOf({ application, engine, keys }: Manifest): z.infer<typeof file>[] {
  const parts = engine.kind === 'file' ? [] : [...engine.history.tables, ...engine.visibility.tables];
  return [...application.tables, ...parts, ...(engine.kind === 'file' ? [engine.file] : []), keys];
}
