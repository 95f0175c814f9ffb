import type { KeptToken } from '../platform/access-token.ts';
import type { TokenStoreOf } from '../platform/messengers/messenger.ts';

/** Tokens of one process, kept in memory, for tests without a database. */
export function memoryTokens(): TokenStoreOf {
  const kept = new Map<string, KeptToken>();
  return (app) => ({
    read: async () => kept.get(app),
    renew: async (ask) => {
      const brought = await ask(kept.get(app));
      if ('token' in brought) kept.set(app, brought);
      return brought;
    },
  });
}
