import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of this clone. */
export const top = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Why this machine cannot run Xiaomen, as one sentence, or undefined. Written in old syntax: it is
 * read by the very Node that it refuses.
 *
 * @param {{ version?: string, platform?: string, folder?: string }} [machine] the running one, unless a test says otherwise
 * @returns {string | undefined}
 */
export function refusal(machine) {
  const { version, platform, folder } = Object.assign(
    { version: process.env.XIAOMEN_PRETEND_NODE || process.versions.node, platform: process.platform, folder: top },
    machine,
  );
  if (platform === 'win32') {
    return 'Xiaomen does not run on native Windows: install WSL 2 ("wsl --install"), clone it inside and run the same command there.';
  }
  if (Number(version.split('.')[0]) < 20) {
    return `Xiaomen needs Node 20 or later to begin with and this is Node ${version}: install a current one from https://nodejs.org and run the same command again.`;
  }
  if (platform === 'linux' && isMusl()) {
    return 'Xiaomen needs a Linux with glibc (Debian, Ubuntu, Fedora …) and this one has musl: use a Debian-based system or container.';
  }
  if (!isWritable(folder)) {
    return `The folder ${folder} cannot be written to: clone Xiaomen into a folder of your own and run the same command there.`;
  }
  return undefined;
}

function isMusl() {
  // Without it the report looks up the names of hosts; older Nodes do not know it.
  Object.assign(process.report, { excludeNetwork: true });
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return report.header !== undefined && report.header.glibcVersionRuntime === undefined;
}

/** @param {string} folder */
function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (_) {
    return false;
  }
}
