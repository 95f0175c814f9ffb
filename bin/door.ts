import { startDoor } from '../door/start.ts';
import { doorSchema } from '../platform/config.ts';
import { runProcess } from './run-process.ts';

await runProcess('door', doorSchema, startDoor);
