import { startWorker } from '../activities/start.ts';
import { workerSchema } from '../platform/config.ts';
import { runProcess } from './run-process.ts';

await runProcess('worker', workerSchema, startWorker);
