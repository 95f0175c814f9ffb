import 'express-session';

/** What a session holds: ids, and sealed or hashed values only, since the row is plain JSON. */
declare module 'express-session' {
  interface SessionData {
    /** When the session was last written back, epoch ms. */
    keptAt: number;
    /** The signed-in visitor. */
    visitor: string;
  }
}
