import { afterAll } from 'vitest';
import { removeFolders } from './folder.ts';

/** The runner kills its workers when their files are done: then no listener of the process removes anything. */
afterAll(removeFolders);
