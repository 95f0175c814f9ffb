import { startGate } from '../gate-worker/start.ts';
import { gateSchema } from '../platform/config.ts';
import { runProcess } from './run-process.ts';

await runProcess('gate', gateSchema, startGate);
