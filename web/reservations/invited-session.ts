declare module 'express-session' {
  interface SessionData {
    /** The invitation to a visit that this browser came by: its row. Ends with the visit that was asked for. */
    visitInvitation: string;
  }
}

export {};
