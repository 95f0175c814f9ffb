import { defineConfig } from 'vitest/config';

/**
 * One project a kind of test, told apart by suffix. `XIAOMEN_LONG=1` (npm run test:long) runs the
 * matrices and fault runs instead of the everyday ones.
 */
const long = process.env.XIAOMEN_LONG === '1';
const kinds = ['pg', 'temporal', 'page', 'browser'];
const anywhere =
  '{domain,workflows,activities,delivery,store,platform,sandbox,web,gate-worker,bin,testing,e2e,bench,migrations}/**';
const files = (suffix: string) => [`${anywhere}/*.${suffix}${long ? '.long' : ''}.test.ts`];
const never = ['**/node_modules/**', '**/.data/**'];

/**
 * @param isolate whether each file has a process of its own. Without it the files of a kind share one for each worker, as
 * the visits of a day share one: the product and its packages are loaded and warm once, not once a file.
 */
function onRealParts(name: string, timeout: number, { isolate }: { isolate: boolean }) {
  return {
    extends: true as const,
    test: { name, include: files(name), globalSetup: ['testing/global-setup.ts'], testTimeout: timeout, isolate },
  };
}

export default defineConfig({
  test: {
    exclude: never,
    setupFiles: ['testing/after-each-file.ts'],
    // Two cores carry PostgreSQL, the engine and a browser beside the tests; a third was tried and made nothing quicker.
    maxWorkers: 2,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    env: { LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: long ? [`${anywhere}/*.long.test.ts`] : [`${anywhere}/*.test.ts`],
          exclude: [
            ...never,
            ...kinds.flatMap((kind) => [`**/*.${kind}.test.ts`, `**/*.${kind}.long.test.ts`]),
            ...(long ? [] : ['**/*.long.test.ts']),
          ],
          testTimeout: long ? 600_000 : 60_000,
        },
      },
      // What a module remembers of a database – statements, silence – is looked at here.
      onRealParts('pg', long ? 300_000 : 60_000, { isolate: true }),
      onRealParts('temporal', long ? 600_000 : 90_000, { isolate: true }),
      onRealParts('page', long ? 600_000 : 90_000, { isolate: long }),
      onRealParts('browser', long ? 900_000 : 180_000, { isolate: true }),
    ],
  },
});
