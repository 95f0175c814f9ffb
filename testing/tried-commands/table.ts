/**
 * By which test each command of these pages is run as it stands there. A command that is on no row, and a row that is on no
 * page, is red (`tried-commands.test.ts`).
 */

/** Takes its commands off the page itself: what is written is what runs. */
interface FromPage {
  test: string;
}
/** Runs it in words of its own, which are in that file or in what it stands on. */
interface InOwnWords {
  test: string;
  words: string;
  in?: string;
}
/** A shorter name of another command of these pages. */
interface Same {
  as: string;
}
/** Not run; a page that has it says so in these words. */
interface Untried {
  untried: string;
}
export type Row = FromPage | InOwnWords | Same | Untried;

export const operationsTest = 'testing/operations.page.long.test.ts';
export const drill = 'e2e/production.long.test.ts';
const disasters = 'testing/disasters.page.long.test.ts';

/** Pages whose every block is run by the test that reads it. */
export const wholeBlocks: Record<string, string> = { 'docs/disasters.md': disasters };

export const pages: { name: string; part?: string }[] = [
  { name: 'README.md', part: 'Production in ten lines' },
  { name: 'docs/production.md' },
  { name: 'docs/upgrading.md' },
  { name: 'docs/operations.md' },
  { name: 'docs/disasters.md' },
];

const inOperations = { test: operationsTest };
const inSetup = { test: 'bin/setup-production.test.ts' };
const upInContainers = 'e2e/production/compose-up.ts';
const inDrill = { test: drill };
const compose = 'docker-compose.yml';
const noCluster = { untried: 'No cluster was at hand' };
const noSystemd = { untried: 'they were not tried on a machine with systemd' };

export const tried: Record<string, Row> = {
  // One process or one act, beside a system that runs.
  'DATABASE_OWNER_URL=… npm run migrate': inOperations,
  'DATABASE_OWNER_URL=… TEMPORAL_ADDRESS=… npm run migrate': inOperations,
  'npm run migrate': inOperations,
  'npm run admin:create': inOperations,
  'npm run doctor': inOperations,
  'npm run doctor -- --upgrade': inOperations,
  'npm run wechat:menu': inOperations,
  'openssl rand -hex 24': inOperations,
  "curl --data-binary @- -H 'Content-Type: message/rfc822' …": inOperations,
  'node bin/bundle-workflows.ts <folder>': inOperations,
  'npm run retention': inOperations,
  'npm run audit:verify': inOperations,
  'npm run log:network -- <address>': inOperations,
  'npm run replay:live': inOperations,

  // Keys.
  'npm run keys': { as: 'npm run keys -- <folder> north' },
  'npm run keys -- keys': inOperations,
  'npm run keys -- /etc/xiaomen/keys north': inOperations,
  'npm run keys -- <folder> north': inOperations,
  'npm run keys -- rehash <folder>': inOperations,
  'npm run keys -- rotate': { as: 'npm run keys -- rotate <kind> <folder>' },
  'npm run keys -- rotate <kind> <folder>': inOperations,
  'npm run keys -- rotate field|index|codec|session|renewal|feed|pass <folder>': inOperations,
  'npm run keys -- rotate gate <gate id> <folder>': inOperations,
  'npm run keys -- revoke renewal|feed <key id> <folder>': inOperations,
  'npm run keys -- revoke pass <key id> <folder>': inOperations,
  'npm run keys -- accept <kind> <folder>': inOperations,

  // A backup, and back.
  'npm run backup': { as: 'npm run backup -- --to <folder> --keep 14' },
  'npm run backup -- --to <folder> --keep 14': inOperations,
  'npm run backup -- --to <folder> --deletions': inOperations,
  'npm run restore -- --settle <the moment>': inOperations,
  'npm run restore -- --from <folder>/<time>': inOperations,
  'npm run restore -- --deletions <folder>': inOperations,
  'npm run restore -- --report': inOperations,
  'npm run bench -- --only restore_s': { test: 'bench/restore.long.test.ts', words: 'measureRestore(product' },

  'npm run web': inOperations,
  'npm run worker': inOperations,
  'npm run door': inOperations,

  // In containers.
  'npm run setup:production -- --host visits.example.edu': inSetup,
  'npm run setup:production': inSetup,
  'mkdir -p keys': inSetup,
  'grep BACKUP_PASSPHRASE .env': inSetup,
  '$EDITOR .env': { test: drill, words: "fillIn(join(folder, '.env')", in: 'e2e/production/contained.ts' },
  'docker compose build': { test: drill, words: "compose(folder, 'build', 'web-1')", in: upInContainers },
  'docker compose up -d': inDrill,
  'docker compose ps': inDrill,
  'docker compose ps -a': inDrill,
  'docker compose up -d --force-recreate database': inDrill,
  'docker compose up -d --no-deps --force-recreate web-1': inDrill,
  'docker compose run --rm web-1 bin/doctor.ts': inDrill,
  'docker compose run --rm web-1 bin/admin-create.ts': inDrill,
  'docker compose logs backup': inDrill,
  'docker compose logs web-1': inDrill,
  'docker compose exec backup node bin/backup.ts --to /backups': inDrill,
  'docker compose restart proxy': inDrill,
  'docker compose stop web-1 web-2 worker-1 worker-2 door engine backup': inDrill,
  'docker compose run --rm restore --from /backups/<time>': inDrill,
  'docker compose run --rm restore --from /backups/2026-11-30T18-30-00Z': inDrill,
  'docker compose run --rm restore --report': inDrill,
  'npm run test:long -- e2e/production.long.test.ts': { test: drill, words: 'containedOffice()' },

  // Without containers: the same files that the containers run.
  'deploy/database/roles.sh': { test: drill, words: '[/bin/sh, /etc/xiaomen/database/roles.sh]', in: compose },
  'deploy/engine/schema.sh': { test: drill, words: '[/bin/sh, /etc/xiaomen/engine/schema.sh]', in: compose },
  'temporal-server --root deploy --config engine --env production --allow-no-auth start': {
    test: drill,
    words: '[temporal-server, --root, /etc/xiaomen, --config, engine, --env, production, --allow-no-auth, start]',
    in: compose,
  },
  'caddy run --config deploy/proxy/Caddyfile --adapter caddyfile': {
    test: 'e2e/production/proxy.long.test.ts',
    words: "['run', '--config', join(top, 'deploy/proxy/Caddyfile'), '--adapter', 'caddyfile']",
    in: 'e2e/production/proxy.ts',
  },

  // What this project has no machine for.
  'kubectl apply -f deploy/kubernetes/settings.yaml': noCluster,
  'kubectl -n xiaomen create secret generic xiaomen-keys-web --from-file=keys/web': noCluster,
  'kubectl -n xiaomen create secret generic xiaomen-keys-worker --from-file=keys/worker': noCluster,
  'kubectl -n xiaomen create secret generic xiaomen-keys-door --from-file=keys/door': noCluster,
  'kubectl -n xiaomen create secret generic xiaomen-application --from-env-file=application.env': noCluster,
  'kubectl -n xiaomen create secret generic xiaomen-owner --from-env-file=owner.env': noCluster,
  'kubectl apply -f deploy/kubernetes/migrate.yaml': noCluster,
  'docker build -t registry.example.edu/xiaomen:0.1.0 .': noCluster,
  'rsync -a --delete backups/ backup-host:xiaomen/': { untried: '**Copy `backups/` to another machine**, such as' },
  'sudo install -D -m 644 deploy/journald/journald@xiaomen.conf /etc/systemd/journald.conf.d/xiaomen.conf': noSystemd,
  'sudo systemctl restart systemd-journald': noSystemd,
  "echo 'COMPOSE_FILE=docker-compose.yml:deploy/journald/docker-compose.yml' >> .env": noSystemd,
  'journalctl CONTAINER_NAME=xiaomen-web-1-1 --since -1h': noSystemd,
  'journalctl --disk-usage': noSystemd,
  'journalctl --namespace=xiaomen': { untried: '[production](production.md#logs) has the commands' },

  // What a developer does before a release.
  'npm run histories -- <name>': { untried: 'which no test types, since it writes into the sources' },
  'temporal worker deployment set-current-version --deployment-name <name> --build-id <id>': {
    test: 'activities/rollout.temporal.long.test.ts',
    words: "deployment('set-current-version', '--deployment-name', deploymentName, '--build-id', buildId, '--yes')",
  },
  '… describe --name <name>': {
    test: 'activities/rollout.temporal.long.test.ts',
    words: "deployment('describe', '--name', deploymentName)",
  },
  'npm run gate:enrol -- --server https://visits.example.edu --keys <folder>': {
    test: 'bin/gate-enrol.test.ts',
    words: 'bin/gate-enrol.ts',
  },
  'npm run affected': { test: 'bin/affected.pg.test.ts', words: 'bin/affected.ts' },
};
