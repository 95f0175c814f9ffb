import type { ToldGuards } from './gate-guards.ts';
import type { ToldKey } from './gate-keys.ts';
import { minute } from './time.ts';

/**
 * How a gate learns of passes: it asks `web` for what came after a position, signed by its own key, and
 * gets a page signed by the feed key. Rows are sealed to the gate; see sealed-pass.ts.
 */

export interface FeedRow {
  position: number;
  kind: 'pass' | 'revoked';
  /** uuid */
  reservation: string;
  ordinal: number;
  version: number;
  /** Epoch milliseconds. */
  validUntil: number;
  /** Undefined where the row was written before it stood outside the sealed part. */
  validFrom?: number | undefined;
  /** No version of the pass lasts longer: until then the gate must know which one is the newest. */
  keptUntil: number;
  /** Base64. */
  sealed: string;
}

export interface FeedPage {
  /** The gate the page is for; another one refuses it. */
  gate: string;
  /** The time the gate wrote into its request: an old page does not answer a new request. */
  asked: number;
  /** Which feed of this gate it is: another one after its keys were changed, and it is read from the beginning. */
  epoch: string;
  /**
   * Marks of both ends, drawn at random for every position: a database that was restored and went on gives the same
   * positions other marks. `fromMark` is null at the beginning, and where that position was forgotten.
   */
  fromMark: string | null;
  throughMark: string;
  /** Rows lie in (from, through]; a position that is missing there is superseded or past its date. */
  from: number;
  through: number;
  /** The feed's newest position; pages go on while `through` is below. */
  head: number;
  place: GatePlace;
  /** Every public key that gates shall believe, or no longer; undefined from a `web` of before. */
  keys?: ToldKey[] | undefined;
  rows: FeedRow[];
  /** Who may log in at the gate's console. Undefined from a `web` of before. */
  guards?: ToldGuards | undefined;
  /**
   * Revocations behind `through`: where more pages follow, what is worthless is known before anybody is let in by the first of them. They
   * come once more at their positions. Undefined on the last page, and from a `web` of before.
   */
  ahead?: Omit<FeedRow, 'sealed'>[] | undefined;
  /**
   * Whom the other gates of the campus let in since `after`, epoch milliseconds by the server's clock; the gate asks from
   * `through` next. No row of the feed: nothing is decided by it. Undefined from a `web` of before.
   */
  entered?: { after: number; through: number; entries: Entered[] } | undefined;
}

/** That a person came in, and where. Nothing personal. */
export interface Entered {
  reservation: string;
  ordinal: number;
  /** Epoch milliseconds, by the clock of that gate. */
  at: number;
  gate: { 'zh-CN': string; en: string };
}

/** A further entry of one person is shown to the guard for this long, in milliseconds. */
export const againWithin = 10 * minute;
/** A page tells of at most this many entries. */
export const mostEntered = 1_000;

/** What a gate must know of itself to decide. */
export interface GatePlace {
  /** `campus.number` and `gate.number`, as tokens name them. */
  campus: number;
  number: number;
  exitsRecorded: boolean;
  campusName: { 'zh-CN': string; en: string };
  gateName: { 'zh-CN': string; en: string };
}

/** A page tells of at most this many revocations ahead of their turn; the next page tells of those behind. */
export const mostAhead = 2_000;
/** A page has at most this many rows. */
export const feedPageRows = 500;
/** How far the clocks of a gate and the server may differ, in milliseconds. */
export const feedClockTolerance = 120_000;

/** Whether both clocks agree well enough that what a gate signed once cannot be sent again for long. */
export const isTimely = ({ time }: { time: number }, now: number): boolean =>
  Math.abs(now - time) <= feedClockTolerance;

export const feedHeaders = {
  /** Epoch milliseconds of the request. */
  time: 'x-gate-time',
  /** Epoch milliseconds: every event before has been forwarded. */
  forwarded: 'x-gate-forwarded',
  /** Base64 of the gate's Ed25519 signature of `feedRequestText`. */
  signature: 'x-gate-signature',
  /** Names of the public keys that the gate believes, separated by commas. */
  keys: 'x-gate-keys',
  /** Base64 of the gate's signature of `heldKeysText`: apart, so that a server of before reads the request all the same. */
  keysSignature: 'x-gate-keys-signature',
  /** While the gate's disk cannot be written: since when, what is kept in memory, what is lost. */
  disk: 'x-gate-disk',
  /** Base64 of the gate's signature of `unwrittenDiskText`. */
  diskSignature: 'x-gate-disk-signature',
  /** On the answer: `<key id>:<base64>` over `feedPageText` of the body. */
  pageSignature: 'x-feed-signature',
} as const;

/**
 * What a gate signs. Built from the values on both sides, so that a proxy may rewrite the path. Since when it asks for
 * entries is not signed, but answered: a server of before reads the request all the same.
 */
export const feedRequestText = (request: { gate: string; after: number; time: number; forwarded: number }): string =>
  `xm-feed-request\n${request.gate}\n${request.after}\n${request.time}\n${request.forwarded}`;

/** What the feed key signs: never to be taken for anything else that is signed. */
export const feedPageText = (body: string): string => `xm-feed-page\n${body}`;
