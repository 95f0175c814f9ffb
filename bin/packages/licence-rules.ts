/** Which licences a package may have: SPDX expressions, as package-lock.json has them. */

/** Those that ask for nothing but their notice: for everything. */
const free = [
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-0-Clause', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC'],
  ...['MIT', 'MIT-0', 'PSF-2.0', 'Unlicense', 'Zlib'],
];
/** Those that ask for more, each for packages that were looked at. */
const lookedAt: Record<string, RegExp> = {
  // A library of its own that is loaded, not built in: whoever wants another one puts it there.
  'LGPL-3.0-or-later': /^@img\/sharp-/,
  // Figures of browsers, which bundling workflows reads; their source is named in the package.
  'CC-BY-4.0': /^caniuse-lite$/,
};
/** What the tests alone use, and nobody hands on. */
const forTests = ['MPL-2.0', 'Python-2.0'];
/** Packages whose licence stands in their LICENSE file alone; read by a person. */
const read: Record<string, string> = { unionfs: 'Unlicense' };

export interface LockedPackage {
  name: string;
  version: string;
  licence: string;
  /** The tests alone use it. */
  dev: boolean;
  integrity: string | undefined;
  resolved: string | undefined;
}

interface Entry {
  version?: string;
  license?: string;
  dev?: boolean;
  integrity?: string;
  resolved?: string;
}

/** Every package of a lock file, by name and version. @param lock its text */
export function lockedPackages(lock: string): LockedPackage[] {
  const { packages } = JSON.parse(lock) as { packages: Record<string, Entry> };
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return {
        name,
        version: entry.version ?? '',
        licence: entry.license ?? read[name] ?? 'unknown',
        dev: entry.dev === true,
        integrity: entry.integrity,
        resolved: entry.resolved,
      };
    })
    .toSorted((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

/** Of `A OR B` one is enough, of `A AND B` each is needed. */
export function isAllowed({ name, licence, dev }: Pick<LockedPackage, 'name' | 'licence' | 'dev'>): boolean {
  const alternatives = licence.replace(/^\((.*)\)$/, '$1').split(' OR ');
  const may = (one: string) => free.includes(one) || lookedAt[one]?.test(name) || (dev && forTests.includes(one));
  return alternatives.some((all) => all.split(' AND ').every(may));
}

/** THIRD-PARTY.md: what is handed on with the product. */
export function thirdPartyPage(packages: LockedPackage[]): string {
  const lines = packages.filter(({ dev }) => !dev).map((one) => `| ${one.name} | ${one.version} | ${one.licence} |`);
  return `# Third-party packages

What an installation gets from npm beside the product, with the licence that each package names; packages of the tests are left
out. Written by \`npm run licences\` from the lock file. Each package has its own licence text in \`node_modules\`. Beside them: PostgreSQL
(PostgreSQL licence), the Temporal server and its command line (MIT), Node (MIT), and parts of WeUI (MIT, © Tencent) in the style sheet.

| package | version | licence |
|---|---|---|
${[...new Set(lines)].join('\n')}
`;
}
