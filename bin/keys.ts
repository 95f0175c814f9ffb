import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeDemoKeys } from '../platform/keys.ts';

/**
 * npm run keys -- <folder> [gate id …]: makes the key files of a real installation, one folder a
 * process (KEYS_DIR), and keeps those that are there. The public halves of a gate's keys, printed
 * here, go into its row.
 */
const [folder, ...gates] = process.argv.slice(2);
if (!folder) {
  console.error('Usage: npm run keys -- <folder> [gate id …]');
  process.exit(2);
}
const target = resolve(process.env.INIT_CWD ?? '.', folder);
try {
  const keys = await writeDemoKeys(target, gates);
  console.log(
    `Keys are in ${target}: ${readdirSync(target).join(', ')}. Give each process its own folder and no other.`,
  );
  for (const [id, { identityKey, sealingKey, pin }] of Object.entries(keys.gates)) {
    console.log(
      `gate ${id}: identity ${identityKey.toString('hex')}, sealing ${sealingKey.toString('hex')}, PIN ${pin}`,
    );
  }
} catch (error) {
  console.error(`The keys could not be made: ${(error as Error).message}`);
  process.exit(1);
}
