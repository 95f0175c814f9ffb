import { readFileSync, writeFileSync } from 'node:fs';
import { isAllowed, lockedPackages, thirdPartyPage } from './packages/licence-rules.ts';

/** npm run licences: writes THIRD-PARTY.md from the lock file, and names each package whose licence is not allowed. */
const place = (name: string) => new URL(`../${name}`, import.meta.url);
const packages = lockedPackages(readFileSync(place('package-lock.json'), 'utf8'));
writeFileSync(place('THIRD-PARTY.md'), thirdPartyPage(packages));
const refused = packages.filter((one) => !isAllowed(one));
for (const { name, version, licence } of refused) console.log(`${name} ${version}: ${licence} is not allowed`);
console.log(`${packages.length} packages are locked, ${refused.length} of them with a licence that is not allowed.`);
process.exitCode = refused.length > 0 ? 1 : 0;
