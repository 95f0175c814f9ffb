import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { getEngine } from './embedded/get-engine.ts';
import { top } from './prepare/machine.mjs';
import { workingBrowser } from './testing/browser.ts';
import { ensureChineseFont } from './testing/font.ts';

/**
 * npm test [-- --long] [vitest filters]: gets what the tests need, then types, lint and every test.
 * Everything runs even when something before it failed; the exit code says whether all passed.
 */
const args = process.argv.slice(2);
const long = args.includes('--long');
const filters = args.filter((arg) => arg !== '--long');
const began = Date.now();

try {
  const env = {
    ...process.env,
    TEMPORAL_CLI: await getEngine(),
    XIAOMEN_BROWSER: await workingBrowser(),
    ...(long ? { XIAOMEN_LONG: '1' } : {}),
    // Ours is not a child of the tests: a launcher under test must not take npm for its own.
    npm_lifecycle_event: '',
  };
  await ensureChineseFont();
  const results: [string, boolean, number][] = [];
  for (const [name, script, ...rest] of stepsOf()) {
    const start = Date.now();
    console.log(`\n── ${name}`);
    results.push([name, await run(script, rest, env), Date.now() - start]);
  }
  report(results);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

function stepsOf(): [string, string, ...string[]][] {
  const tests: [string, string, ...string[]] = [long ? 'long tests' : 'tests', 'vitest/vitest.mjs', 'run', ...filters];
  if (long || filters.length > 0) return [tests];
  return [
    ['types', 'typescript/bin/tsc', '--noEmit'],
    ['lint', '@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
    tests,
  ];
}

function run(script: string, args: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(process.execPath, [join(top, 'node_modules', script), ...args], {
    cwd: top,
    env,
    stdio: 'inherit',
  });
  const stop = () => child.kill('SIGTERM');
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(error.message);
      resolve(false);
    });
    child.on('exit', (code) => {
      process.off('SIGTERM', stop).off('disconnect', stop);
      resolve(code === 0);
    });
  });
}

function report(results: [string, boolean, number][]): never {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  console.log('\n──');
  for (const [name, passed, took] of results) {
    console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(12)} ${seconds(took)}`);
  }
  const passed = results.every(([, one]) => one);
  console.log(`${passed ? 'All passed' : 'Not everything passed'} in ${seconds(Date.now() - began)}.`);
  process.exit(passed ? 0 : 1);
}
