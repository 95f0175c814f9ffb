import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readCompose } from '../compose-file.ts';
import { drawingOf } from './drawing.ts';

/** npm run compose:picture: draws docs/compose.svg from docker-compose.yml. */
writeFileSync(fileURLToPath(new URL('../../docs/compose.svg', import.meta.url)), drawingOf(readCompose()));
