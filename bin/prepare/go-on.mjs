import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { watchParent } from './ancestor.mjs';
import { installDependencies } from './dependencies.mjs';
import { top } from './machine.mjs';
import { suitableNode } from './node.mjs';

/**
 * Installs what is missing, then runs a script of ours under a suitable Node as if it were this
 * process: same terminal, same exit code, signals passed on. A closed channel tells it that we died.
 *
 * @param {string | undefined} script path below the clone
 * @param {string[]} args
 * @param {{ progress: boolean }} options
 */
export async function goOn(script, args, options) {
  if (!script) {
    console.error('Usage: node bin/run.mjs <script> …');
    process.exitCode = 2;
    return;
  }
  let node;
  try {
    await installDependencies(options);
    node = await suitableNode(options);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(top, script), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const pass = (/** @type {NodeJS.Signals} */ signal) => process.on(signal, () => child.kill(signal));
  pass('SIGINT');
  pass('SIGTERM');
  pass('SIGHUP');
  watchParent(() => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(`${node} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
