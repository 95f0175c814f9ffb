import { webSchema } from '../platform/config.ts';
import { startWeb } from '../web/start.ts';
import { runProcess } from './run-process.ts';

await runProcess('web', webSchema, startWeb);
