import { gateIds } from '../../bin/seed/content.ts';
import { seedDemo } from '../../bin/seed.ts';
import { openDatabase } from '../../platform/db.ts';
import type { DemoKeys } from '../../platform/keys.ts';

/** The gates of the demo's university; an office of a drill runs `south` alone. */
export const gates = gateIds;

/**
 * A university to visit, with the demo's departments and people. Its logins are real ones here: a production process refuses
 * those of a demo.
 */
export async function fillOffice(ownerUrl: string, keys: DemoKeys): Promise<void> {
  const owner = openDatabase({ DATABASE_URL: ownerUrl, DATABASE_POOL: 1 });
  try {
    await seedDemo(owner, keys);
    await owner('staff').update({ demo: false });
  } finally {
    await owner.destroy();
  }
}
