/**
 * Symmetric keys by id; `current` encrypts, all decrypt. Keys are 32 bytes. A ring changes while it is in use:
 * read it anew each time.
 */
export interface KeyRing {
  current: string;
  keys: Record<string, Buffer>;
  /** Of the codec: what gates' keys are derived from, where that is not `current`. Their boxes hold those keys. */
  gates?: string | undefined;
}
