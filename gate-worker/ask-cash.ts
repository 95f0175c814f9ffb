import {
  type CashFound,
  type CashNote,
  type CashNoted,
  type CashSearch,
  cashFound,
  cashNoted,
} from '../domain/gate-cash.ts';
import { askWeb } from './ask-web.ts';
import type { FeedSource } from './fetch-page.ts';

/**
 * Asks `web` what a vehicle owes, and notes cash there. Undefined: it did not answer, or somebody else answered for it; whether a note
 * was kept is then not known, and the same one sent again is no second payment.
 */
export interface CashDesk {
  search(asked: CashSearch): Promise<CashFound | undefined>;
  note(cash: CashNote): Promise<CashNoted | undefined>;
}

export function createCashDesk(source: FeedSource): CashDesk {
  return {
    search: (asked) => askWeb(source, { ask: 'cash-search', path: 'cash/searches', shape: cashFound }, asked),
    note: (cash) => askWeb(source, { ask: 'cash-note', path: 'cash', shape: cashNoted }, cash),
  };
}
