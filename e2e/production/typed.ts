import { bringAllUp } from './compose-up.ts';
import { composeTyped } from './podman.ts';

/** Podman's names may lag behind a container that began anew: what reached nobody is typed again, as a person does. */
const reachedNobody = /timeout expired|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN/;

/**
 * A command as the pages have it, typed in the folder of an office in containers. `docker compose` is podman's there; where that
 * does less by itself than Docker, it is told so.
 *
 * @throws Error with what it said where it fails
 */
export async function typeIn(folder: string, line: string, typed?: string): Promise<string> {
  const [program, verb = '', ...words] = line.split(' ');
  if (`${program} ${verb}` !== 'docker compose') throw new Error(`No command of compose: ${line}`);
  if (words.join(' ') === 'up -d') return bringAllUp(folder).then(() => '');
  for (let tries = 3; ; tries -= 1) {
    try {
      return await composeTyped(folder, asPodmanHasIt(words), typed);
    } catch (error) {
      if (tries === 1 || !reachedNobody.test((error as Error).message)) throw error;
    }
  }
}

function asPodmanHasIt([verb = '', ...words]: string[]): string[] {
  // Nobody sits at a terminal; what it stands on runs already, and podman would wait for health checks that nobody asks.
  if (verb === 'run') return ['--profile', 'restore', 'run', '-T', '--no-deps', ...words];
  if (verb === 'exec') return [verb, '-T', ...words];
  // It shows what has ended in any case.
  if (verb === 'ps') return [verb];
  if (verb === 'up' && !words.includes('--no-deps')) return [verb, '--no-deps', ...words];
  return [verb, ...words];
}
