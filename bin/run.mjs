// node bin/run.mjs <script> …: any of our scripts, quietly, under a Node that can run it.
import { refusal } from './prepare/machine.mjs';

const problem = refusal();
if (problem) {
  console.error(problem);
  process.exitCode = 1;
} else {
  import('./prepare/go-on.mjs').then(({ goOn }) => goOn(process.argv[2], process.argv.slice(3), { progress: false }));
}
