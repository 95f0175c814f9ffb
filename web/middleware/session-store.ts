import type { Request } from 'express';
import type session from 'express-session';
import { Store } from 'express-session';
import type { Log } from '../../platform/log.ts';
import type { Reads } from '../../platform/reads.ts';
import { waitingOf } from '../../platform/waiting.ts';
import {
  addSession,
  dropExpiredSessions,
  dropSession,
  keepSession,
  type SessionUse,
} from '../../store/people/session.ts';

const sweepEvery = 15 * 60_000;

/** What is read with a session besides its JSON. */
export interface StoredSession {
  sess: unknown;
}

export interface StoreOptions<Found extends StoredSession> {
  use: SessionUse;
  reads: Reads;
  log: Log;
  /** Finds a session that has not expired, with the person it belongs to. */
  find(sid: string): Promise<Found | undefined>;
  /** Told what came with the session of a request, before anybody sees the request. */
  bring(req: Request, found: Found): void;
}

type Done = (error?: unknown) => void;

/**
 * express-session's store over our own tables. It has no `touch`: web/middleware/sessions.ts prolongs, and with one
 * express-session would send every page in two pieces.
 */
export class SessionStore<Found extends StoredSession> extends Store {
  readonly #options: StoreOptions<Found>;
  readonly #found = new WeakMap<object, Found>();
  /** Sessions that have a row, or had one until somebody ended them. */
  readonly #known = new WeakSet<object>();
  #sweptAt = Date.now();

  constructor(options: StoreOptions<Found>) {
    super();
    this.#options = options;
  }

  override get(sid: string, done: (error: unknown, sess?: session.SessionData | null) => void): void {
    this.#sweepNowAndThen();
    this.#options.find(sid).then(
      (found) => {
        if (!found) return done(null, null);
        this.#found.set(found.sess as object, found);
        done(null, found.sess as session.SessionData);
      },
      (error: unknown) => done(error),
    );
  }

  override createSession(req: Request, sess: session.SessionData): session.Session & session.SessionData {
    const found = this.#found.get(sess);
    if (found) this.#options.bring(req, found);
    const known = super.createSession(req, sess);
    this.#known.add(known);
    return known;
  }

  override set(sid: string, sess: session.SessionData, done?: Done): void {
    const expire = new Date(sess.cookie.expires ?? Date.now() + 24 * 3600_000);
    const { reads, use } = this.#options;
    const write = this.#known.has(sess) ? keepSession : addSession;
    this.#known.add(sess);
    write(reads, use, { sid, sess, expire }).then(() => done?.(), done);
  }

  override destroy(sid: string, done?: Done): void {
    const { reads, use } = this.#options;
    dropSession(reads, use, sid).then(() => done?.(), done);
  }

  /** @returns whether it was still there: a session that was ended meanwhile carries nobody over into another */
  end(sid: string): Promise<boolean> {
    const { reads, use } = this.#options;
    return dropSession(reads, use, sid);
  }

  #sweepNowAndThen(): void {
    if (Date.now() - this.#sweptAt < sweepEvery) return;
    this.#sweptAt = Date.now();
    const { reads, use, log } = this.#options;
    void waitingOf(log).attempt('sessions that ended are not dropped', {}, () => dropExpiredSessions(reads, use));
  }
}
