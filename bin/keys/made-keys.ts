import type { DemoKeys } from '../../platform/keys.ts';

/** What an admin types into `/admin/content` of each gate, a line a gate. */
export function linesOfGates(keys: DemoKeys): string[] {
  return Object.entries(keys.gates).map(([id, { identityKey, sealingKey, pin }]) => {
    const shown = pin ? `PIN ${pin}, which is shown this once` : 'its PIN was shown when it was made';
    return `gate ${id}: identity ${identityKey.toString('hex')}, sealing ${sealingKey.toString('hex')}, ${shown}`;
  });
}
