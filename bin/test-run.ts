import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { getEngine } from './embedded/get-engine.ts';
import { top } from './prepare/machine.mjs';
import { workingBrowser } from './testing/browser.ts';
import { ensureChineseFont } from './testing/font.ts';

/**
 * npm test [-- --long] [vitest filters]: gets what the tests need, then types, lint and every test.
 * Everything runs even when something else failed; the exit code says whether all passed.
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
  // Types and lint take the seconds in which the tests wait for their servers; what they say is shown at the end.
  const said: string[] = [];
  const results = await Promise.all(
    stepsOf().map(async ({ name, script, args, aside }): Promise<Result> => {
      const start = Date.now();
      if (!aside) console.log(`\n── ${name}`);
      const { passed, output } = await run([script, ...args], env, aside);
      if (output) said.push(`\n── ${name}\n${output}`);
      return [name, passed, Date.now() - start];
    }),
  );
  for (const output of said) console.log(output);
  report(results);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

type Result = [name: string, passed: boolean, took: number];

interface Step {
  name: string;
  script: string;
  args: string[];
  /** Beside the tests; its output is kept until they are done. */
  aside: boolean;
}

function stepsOf(): Step[] {
  const tests: Step = {
    name: long ? 'long tests' : 'tests',
    script: 'vitest/vitest.mjs',
    args: ['run', ...filters],
    aside: false,
  };
  if (long || filters.length > 0) return [tests];
  return [
    { name: 'types', script: 'typescript/bin/tsc', args: ['--noEmit'], aside: true },
    { name: 'lint', script: '@biomejs/biome/bin/biome', args: ['check', '--error-on-warnings', '.'], aside: true },
    tests,
  ];
}

function run(
  [script = '', ...args]: string[],
  env: NodeJS.ProcessEnv,
  aside: boolean,
): Promise<{ passed: boolean; output: string }> {
  const child = spawn(process.execPath, [join(top, 'node_modules', script), ...args], {
    cwd: top,
    env,
    stdio: aside ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const stop = () => child.kill('SIGTERM');
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  return new Promise((resolve) => {
    child.on('error', ({ message }) => resolve({ passed: false, output: message }));
    child.on('close', (code) => {
      process.off('SIGTERM', stop).off('disconnect', stop);
      resolve({ passed: code === 0, output: output.trim() });
    });
  });
}

function report(results: Result[]): never {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  console.log('\n──');
  for (const [name, passed, took] of results) {
    console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(12)} ${seconds(took)}`);
  }
  const passed = results.every(([, one]) => one);
  console.log(`${passed ? 'All passed' : 'Not everything passed'} in ${seconds(Date.now() - began)}.`);
  process.exit(passed ? 0 : 1);
}
