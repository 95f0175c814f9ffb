import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';

/**
 * The keys by which WeChat Pay signs, by the serial that a message names: a public key (`PUB_KEY_ID_…`), platform
 * certificates, or both while an account changes from these to that. Only the settings and a verified answer add one.
 */
export interface KnownKeys {
  /** Undefined: unknown, or a certificate outside its time. */
  of(serial: string): KeyObject | undefined;
  /** @throws Error where the text is no certificate. Others of the same text are not added then. */
  addCertificates(pem: string): void;
  /** With which our requests ask for an answer. */
  asked: string | undefined;
  hasCertificates(): boolean;
}

interface Known {
  key: KeyObject;
  from: number;
  until: number;
}

/** @throws Error where the text is no key */
export function createKnownKeys(publicKey?: { id: string; pem: string }): KnownKeys {
  const keys = new Map<string, Known>();
  if (publicKey) {
    keys.set(publicKey.id, { key: createPublicKey(publicKey.pem), from: 0, until: Number.POSITIVE_INFINITY });
  }
  return {
    of(serial) {
      const found = keys.get(serial);
      const now = Date.now();
      return found && found.from <= now && now <= found.until ? found.key : undefined;
    },
    addCertificates(text) {
      const parts = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
      const read = parts.map((part) => new X509Certificate(part));
      if (read.length === 0) throw new Error('holds no certificate');
      for (const one of read) {
        const entry = { key: one.publicKey, from: one.validFromDate.getTime(), until: one.validToDate.getTime() };
        keys.set(one.serialNumber.toUpperCase(), entry);
      }
    },
    asked: publicKey?.id,
    hasCertificates: () => keys.size > (publicKey ? 1 : 0),
  };
}
