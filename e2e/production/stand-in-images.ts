import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { postgresBinaries } from '../../bin/embedded/postgres-binaries.ts';
import { cacheFolder } from '../../bin/prepare/cache.mjs';
import { readCompose, readTop } from '../../testing/compose-file.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { run } from './command.ts';
import { type GoBinary, goBinary } from './go-binaries.ts';
import { podman } from './podman.ts';

/**
 * Images under the names that `Dockerfile` and compose file ask for, where none can be fetched: Debian with the same program in
 * the same version. What the real ones have besides – their accounts, their first start – they do not show.
 */

const debian = 'localhost/xiaomen-stand-in-debian:1';
/** What PostgreSQL's own build needs, its clients, and what the proxy's health check is asked with. */
const packages =
  'ca-certificates,wget,postgresql-client,libxml2,libicu72,libreadline8,libzstd1,liblz4-1,libgssapi-krb5-2,libldap-2.5-0';

export async function makeStandIns(): Promise<void> {
  await makeDebian();
  const images = Object.values(readCompose().services).map(({ image }) => image);
  const imageOf = (name: string) => images.find((image) => image.startsWith(`${name}:`)) ?? '';
  const node = /^FROM (node:\S+)/m.exec(readTop('Dockerfile'))?.[1] ?? '';
  await makeNode(node);
  await makePostgres(imageOf('postgres'));
  await makeOf(imageOf('temporalio/admin-tools'), 'temporal-sql-tool', '/usr/local/bin', 'USER 1000:1000');
  await makeOf(imageOf('temporalio/server'), 'temporal-server', '/usr/local/bin', 'USER 1000:1000');
  await makeOf(imageOf('temporalio/ui'), 'ui-server', '/home/ui-server', 'USER 1000:1000');
  await makeOf(imageOf('caddy'), 'caddy', '/usr/bin', 'ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data');
}

async function makeDebian(): Promise<void> {
  if (await isMade(debian)) return;
  const root = join(cacheFolder(), 'stand-in-debian');
  if (!existsSync(root)) {
    rmSync(`${root}.part`, { recursive: true, force: true });
    const sources = globSync('/etc/apt/{sources.list,sources.list.d/*}').map((path) => readFileSync(path, 'utf8'));
    const mirror = /https?:\/\/\S+\/debian\/?(?=\s)/.exec(sources.join('\n'))?.[0] ?? 'http://deb.debian.org/debian';
    const args = ['--variant=minbase', `--include=${packages}`, 'bookworm', `${root}.part`, mirror];
    await run('debootstrap', args, { minutes: 20 });
    renameSync(`${root}.part`, root);
  }
  const archive = `${root}.tar`;
  await run('tar', ['-C', root, '-cf', archive, '.']);
  await podman('import', archive, debian);
  rmSync(archive);
}

async function makeNode(image: string): Promise<void> {
  const npm = dirname(dirname(realpathSync((await run('sh', ['-c', 'command -v npm'])).trim())));
  await make(image, {
    files: { node: process.execPath, npm },
    lines: [
      'COPY node /usr/local/bin/node',
      'COPY npm /usr/local/lib/node_modules/npm',
      // Whom this machine believes about registries.
      'COPY authorities.pem /usr/local/etc/authorities.pem',
      'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && mkdir -p /usr/local/etc && echo cafile=/usr/local/etc/authorities.pem > /usr/local/etc/npmrc',
    ],
    texts: { 'authorities.pem': readFileSync('/etc/ssl/certs/ca-certificates.crt', 'utf8') },
  });
}

async function makePostgres(image: string): Promise<void> {
  await make(image, {
    files: { native: postgresBinaries(false) },
    texts: { 'docker-entrypoint.sh': entrypoint },
    lines: [
      'COPY native /usr/lib/postgresql18',
      'COPY docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh',
      'RUN chmod 755 /usr/local/bin/docker-entrypoint.sh && chmod -R a+rX /usr/lib/postgresql18 && install -d -o 999 -g 999 /var/lib/postgresql',
      'VOLUME /var/lib/postgresql',
      'ENTRYPOINT ["docker-entrypoint.sh"]',
    ],
  });
}

/** What the compose file asks of PostgreSQL's image: a cluster below /var/lib/postgresql, made once with the password given. */
const entrypoint = `#!/bin/sh
set -eu
case "$1" in postgres) ;; *) exec "$@" ;; esac
export PGDATA=/var/lib/postgresql/18/docker PATH=/usr/lib/postgresql18/bin:$PATH LD_LIBRARY_PATH=/usr/lib/postgresql18/lib
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  printf %s "$POSTGRES_PASSWORD" > /tmp/password
  initdb --username=postgres --pwfile=/tmp/password --encoding=UTF8 --locale=C $POSTGRES_INITDB_ARGS
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
fi
exec "$@" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql
`;

async function makeOf(image: string, binary: GoBinary, into: string, line: string): Promise<void> {
  const file = await goBinary(binary);
  if (!file) throw new Error('There is no Go to build the engine with');
  await make(image, { files: { [binary]: file }, lines: [`COPY ${binary} ${into}/${binary}`, line] });
}

interface StandIn {
  /** By the name that a line says: a file or folder of this machine. */
  files: Record<string, string>;
  texts?: Record<string, string>;
  lines: string[];
}

async function make(image: string, { files, texts = {}, lines }: StandIn): Promise<void> {
  const name = `docker.io/${image.includes('/') ? image : `library/${image}`}`;
  if (await isMade(name)) return;
  const folder = temporaryFolder('xiaomen-stand-in-');
  mkdirSync(folder, { recursive: true });
  for (const [to, from] of Object.entries(files))
    cpSync(from, join(folder, to), { recursive: true, verbatimSymlinks: true });
  for (const [to, text] of Object.entries(texts)) writeFileSync(join(folder, to), text);
  writeFileSync(join(folder, 'Containerfile'), [`FROM ${debian}`, ...lines, ''].join('\n'));
  await podman('build', '--layers=false', '--tag', name, folder);
  rmSync(folder, { recursive: true, force: true });
}

const isMade = (name: string): Promise<boolean> =>
  podman('image', 'exists', name).then(
    () => true,
    () => false,
  );
