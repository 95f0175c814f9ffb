import { status } from '@grpc/grpc-js';
import type { DoorRefusal } from '../domain/door.ts';

/** What the door does not let through. `why` goes into the audit; the gate is told the same word. */
export class Refused extends Error {
  readonly why: DoorRefusal;
  readonly code: status;
  constructor(why: DoorRefusal, code = status.PERMISSION_DENIED) {
    super(`Not let through: ${why}`);
    this.why = why;
    this.code = code;
  }
}

/** Nothing that anybody did wrong: the engine would answer the same. */
export class NotThere extends Error {}

/** Whoever asked gave it up, or this process ends: it may be asked again, elsewhere. */
export class Ending extends Error {}
