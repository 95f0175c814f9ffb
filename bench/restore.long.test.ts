import { expect, it } from 'vitest';
import { startProduct } from './product.ts';
import { measureRestore } from './restore.ts';

/** The drill with fewer visits: what it fails on is a loss, never a time. */

it('a product that lost both databases and every key goes on from its backup, and names what came after', async () => {
  const product = await startProduct();
  try {
    const [figure] = await measureRestore(product, { visits: 3_000 });
    expect(figure?.seen.visits).toBe(3_000);
    // Two gates that had read passes of after the backup.
    expect(figure?.seen.named).toBeGreaterThanOrEqual(2);
  } finally {
    await product.stop();
  }
});
