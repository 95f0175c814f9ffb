import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { filledIn } from '../../testing/tried-commands/page-commands.ts';
import { until } from '../../testing/until.ts';
import { run } from './command.ts';
import { isWell, saidBy } from './compose-up.ts';
import type { ContainedOffice } from './office.ts';
import { typeIn } from './typed.ts';

/** What docs/production.md and the README type beside the containers, in this order: what a later one needs an earlier one did. */

/** @param command as the page has it */
type Typed = (office: ContainedOffice, command: string) => Promise<void>;

const saying =
  (words: RegExp, typed?: string): Typed =>
  async ({ folder }, command) =>
    expect(await typeIn(folder, command, typed)).toMatch(words);

const setUp = fileURLToPath(new URL('../../bin/setup-production.ts', import.meta.url));
const newest = ({ folder }: ContainedOffice): string =>
  readdirSync(join(folder, 'backups'))
    .filter((name) => name.startsWith('2'))
    .toSorted()
    .at(-1) ?? '';

export const inContainers: Record<string, Typed> = {
  'docker compose ps': saying(/web-2[\s\S]*backup|backup[\s\S]*web-2/),
  'docker compose ps -a': saying(/migrate/),
  'docker compose logs web-1': saying(/"level":/),
  'docker compose logs backup': saying(/Backup \S+ is complete: /),
  'docker compose exec backup node bin/backup.ts --to /backups': saying(/Backup \S+ is complete: /),
  'docker compose run --rm web-1 bin/doctor.ts': async ({ folder }, command) => {
    // The sandbox is no partner of a container that begins for one command: each of them is named, and nothing else.
    const { message } = await typeIn(folder, command).then(
      () => expect.unreachable('partners were reached'),
      (error: Error) => error,
    );
    expect(message).toMatch(/[1-9] faults?\./);
    for (const part of ['schema', 'keys and database', 'namespace'])
      expect(message).toMatch(new RegExp(`^ok +${part} `, 'm'));
  },
  'docker compose run --rm web-1 bin/admin-create.ts': saying(
    /second is an admin and can log in/,
    'second\n王小明\nzeven-koude-lepels-27\n',
  ),
  'docker compose up -d --force-recreate database': async ({ folder }, command) => {
    await typeIn(folder, command);
    await until(async () => (await saidBy('database')).includes('Roles and databases are there.'), 'its end', 60);
  },
  'docker compose up -d --no-deps --force-recreate web-1': async (office, command) => {
    await typeIn(office.folder, command);
    await office.everythingBack();
  },
  'docker compose restart proxy': async ({ folder }, command) => {
    await typeIn(folder, command);
    await until(() => isWell('proxy'), 'the proxy is well', 60);
  },
  'docker compose stop web-1 web-2 worker-1 worker-2 door engine backup': saying(/^/),
  'docker compose run --rm restore --from /backups/<time>': async (office, command) => {
    const filled = filledIn(command, { '<time>': newest(office) });
    await expect(typeIn(office.folder, filled)).rejects.toThrow('--replace takes their place');
  },
  'docker compose run --rm restore --from /backups/2026-11-30T18-30-00Z': async (office, command) => {
    const filled = `${filledIn(command, { '2026-11-30T18-30-00Z': newest(office) })} --replace`;
    expect(await typeIn(office.folder, filled)).toContain("The engine's database is back.");
    // Each account has its key folder back.
    await run(process.execPath, ['--no-warnings', setUp, '--folder', office.folder]);
  },
  'docker compose up -d': async (office, command) => {
    await typeIn(office.folder, command);
    await office.everythingBack();
  },
  'docker compose run --rm restore --report': async ({ folder }, command) => {
    const said = await until(() => typeIn(folder, command), 'everything was compared', 240);
    expect(said).toMatch(/Everything that runs in the engine was compared by/);
  },
};
