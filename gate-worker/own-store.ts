import { ofSecret } from '../platform/key-fingerprints.ts';
import type { Ledger } from './ledger.ts';

/**
 * A store belongs to the box whose local key wrote it: by another one its rows open nothing, and what that one writes the
 * first one cannot read. The store knows the key's fingerprint, which tells nothing about it.
 *
 * @throws Error with both fingerprints; nothing is written then
 */
export function requireOwnStore(ledger: Ledger, { local }: { local: Buffer }): void {
  const found = ofSecret('local', local);
  const kept = ledger.prepare(`select value from fact where name = 'local_key'`).get();
  if (kept === undefined) {
    try {
      ledger.prepare(`insert into fact (name, value) values ('local_key', ?)`).run(found);
    } catch {
      // A full disk keeps no gate from starting; the next start writes it.
    }
  } else if (kept.value !== found) {
    throw new Error(
      `The key in KEYS_DIR is not that of this gate's store. Missing: the key \`local\` of gate.json with fingerprint ${kept.value}; found: ${found}. ` +
        'Nothing was written. Give the gate its own gate.json, or, for another box, an empty store.',
    );
  }
}
