import { defineConfig } from 'vitest/config';

/**
 * One project a kind of test, told apart by suffix. `XIAOMEN_LONG=1` (npm run test:long) runs the
 * matrices and fault runs instead of the everyday ones.
 *
 * The files of a kind share one process for each worker, as the visits of a day share one: the product and its packages
 * are loaded and warm once, not once a file. Only the long run gives each file its own.
 */
const long = process.env.XIAOMEN_LONG === '1';
const kinds = ['alone', 'pg', 'temporal', 'page', 'browser'];
const anywhere =
  '{domain,workflows,activities,delivery,store,platform,sandbox,web,door,gate-worker,bin,testing,e2e,bench,migrations}/**';
const files = (suffix: string) => [`${anywhere}/*.${suffix}${long ? '.long' : ''}.test.ts`];
const never = ['**/node_modules/**', '**/.data/**'];

function onRealParts(name: string, timeout: number, { isolate = long }: { isolate?: boolean } = {}) {
  return {
    extends: true as const,
    test: { name, include: files(name), globalSetup: ['testing/global-setup.ts'], testTimeout: timeout, isolate },
  };
}

export default defineConfig({
  test: {
    exclude: never,
    setupFiles: ['testing/after-each-file.ts'],
    // Two cores carry PostgreSQL, the engine and a browser beside the tests, which wait for those a third of their time.
    maxWorkers: long ? 2 : 3,
    hookTimeout: 60_000,
    // As long as `until` waits; by itself a second, which a page on a busy machine may take.
    expect: { poll: { timeout: 30_000 } },
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
          isolate: long,
        },
      },
      // What a module keeps for its whole process – planned statements, where the log goes – is looked at here.
      onRealParts('alone', 90_000, { isolate: true }),
      onRealParts('pg', long ? 300_000 : 60_000),
      onRealParts('temporal', long ? 600_000 : 90_000),
      onRealParts('page', long ? 600_000 : 90_000),
      onRealParts('browser', long ? 900_000 : 180_000),
    ],
  },
});
