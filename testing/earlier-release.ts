import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('..', import.meta.url));
const rooms =
  'activities bin delivery domain door gate-worker migrations platform sandbox store web workflows tsconfig.json package.json package-lock.json';

/**
 * A release from before these sources, in a folder of its own: the minor version before, other styles and scripts, and
 * workflows that know nothing of a patch.
 */
export function anEarlierRelease(folder: string): string {
  for (const name of rooms.split(' ')) cpSync(join(top, name), join(folder, name), { recursive: true });
  symlinkSync(join(top, 'node_modules'), join(folder, 'node_modules'));
  change(join(folder, 'package.json'), /"version": "(\d+)\.(\d+)\.\d+"/, (_, major, minor) => {
    if (Number(minor) === 0) throw new Error('The release before the first of a major version is not known');
    return `"version": "${major}.${Number(minor) - 1}.0"`;
  });
  change(join(folder, 'web/public/xiaomen.css'), /$/, () => '.of-before{color:inherit}');
  change(
    join(folder, 'web/public/xiaomen.js'),
    /^\(\(\) => \{/m,
    (start) => `${start}\n  document.documentElement.lang;`,
  );
  change(join(folder, 'workflows/reservation/closed.ts'), /patched\('passes first'\)/, () => 'false');
  return folder;
}

function change(file: string, form: RegExp, into: (...found: string[]) => string): void {
  const text = readFileSync(file, 'utf8');
  const changed = text.replace(form, into);
  if (changed === text) throw new Error(`${file} is not as it was: correct testing/earlier-release.ts`);
  writeFileSync(file, changed);
}
