// npm start. Plain JavaScript without dependencies: it runs before anything is installed.
// No top-level await and no new syntax in this file, so that an old Node can still read the refusal.
import { refusal } from './prepare/machine.mjs';

const problem = refusal();
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  import('./prepare/go-on.mjs').then(({ goOn }) => goOn('bin/launch.ts', process.argv.slice(2), { progress: true }));
}
