import 'express-session';

declare module 'express-session' {
  interface SessionData {
    /** Id of the signed-in staff member; `revokeStaffSessions` looks for it. */
    staff: string;
  }
}
