import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readReport } from './packages/vulnerability-report.ts';

/**
 * npm run vulnerabilities: what npm's own `npm audit` knows of the packages of an installation. It ends with 1 where something
 * of severity high or critical is known, and with 2 where the registry does not answer – which is no good news.
 */
const asked = ['audit', '--json', '--omit=dev'];
const said = await promisify(execFile)('npm', asked, { maxBuffer: 64_000_000 }).then(
  ({ stdout }) => stdout,
  // It ends with 1 also where it found something.
  ({ stdout = '' }: { stdout?: string }) => stdout,
);
const { lines, code } = readReport(said);
for (const line of lines) console.log(line);
process.exitCode = code;
