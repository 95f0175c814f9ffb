// npm test. Plain JavaScript without dependencies: it runs before anything is installed.
import { refusal } from './prepare/machine.mjs';

const problem = refusal();
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  import('./prepare/go-on.mjs').then(({ goOn }) => goOn('bin/test-run.ts', process.argv.slice(2), { progress: true }));
}
