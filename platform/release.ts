import { readFileSync } from 'node:fs';

/** The release of these sources, by SemVer. */
export const ownRelease: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
