import type { System } from '../../testing/system.ts';
import type { cookiesOf } from '../every-page/cookies.ts';
import type { FileGiven, FormKey } from './sending.ts';

export type Given = Record<string, string | FileGiven>;

/** What a form is and where it leads. */
export interface Entry {
  /** The path on which the browser is afterwards; ids are `:id`. */
  ends: string;
  /** The answer is a page or a file itself: a form that keeps something leads on to a page, so that loading that again sends nothing. */
  draws?: true;
  /** Refused as things stand: the answer is a page that says so. */
  answers?: 409;
  /** What is given where the page leaves it open. */
  fill?: Given;
  /** What is pressed, where it is neither the first button that stands out nor the first. */
  button?: string;
  /** Another page than the first of the world that shows it. */
  at?: MakeGround;
  /** It stands on the page that this form leads to, filled so. */
  first?: { key: FormKey; fill?: Given; button?: string };
}

/** A page that a form is sent from, as somebody sees it. */
export interface Ground {
  agent: Parameters<typeof cookiesOf>[0];
  path: string;
  /** Beside what the entry gives. */
  fill?: Given;
}
export type MakeGround = (system: System) => Promise<Ground>;
