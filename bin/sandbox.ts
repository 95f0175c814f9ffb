import { sandboxSchema } from '../platform/config.ts';
import { startSandbox } from '../sandbox/start.ts';
import { runProcess } from './run-process.ts';

await runProcess('sandbox', sandboxSchema, startSandbox);
