import 'express-session';

declare module 'express-session' {
  interface SessionData {
    /** Id of the signed-in staff member; `endStaffSessions` looks for it. */
    staff: string;
    /** Where it is used, such as "Chrome · Windows". */
    device: string;
    /** Epoch ms. */
    signedInAt: number;
    /** When the second factor was last shown, epoch ms. */
    provedAt: number;
    /** The password was right, the second factor is still asked for. Epoch ms. */
    passed: { staff: string; at: number };
    /** How the university signed them in. A ticket of CAS as a keyed hash, hex: by it CAS ends the session. */
    university: { by: 'oidc' | 'cas'; ticket?: string };
    /** On the way to the university's sign-in and back, sealed. */
    asked: string;
    /** They have shown who they are, and may go to the university to link their account: until then, epoch ms. */
    linking: { way: 'oidc' | 'cas'; until: number };
    /** The link that this browser came by, to set a password: its row. */
    staffLink: string;
    /** It came in their mail, and was not handed over. */
    byMail: boolean;
    /** What the next page shows to its person, sealed, and nobody sees again. */
    shownOnce: { of: string; sealed: string };
  }
}
