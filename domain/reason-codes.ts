/**
 * Why a gate opened or did not. Stable: devices and reports rely on them. Catalogues hold a sentence
 * for each under `reason.<code>` that says what to do next.
 */
export const reasonCodes = [
  'ok',
  'unknown_pass',
  'bad_signature',
  'revoked',
  'not_yet_valid',
  'expired',
  'wrong_campus',
  'wrong_gate',
  'already_used',
  'already_inside',
  'not_inside',
  'stale_code',
  'id_required',
  'watchlisted',
  'party_incomplete',
  'too_many_tries',
  // From the device layer: the code was damaged on its way from the scanner; the gate has never reached its feed; the
  // scan itself was malformed.
  'unreadable',
  'device_offline',
  'error',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];
