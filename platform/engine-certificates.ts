import { readFileSync } from 'node:fs';
import type { TLSConfig } from '@temporalio/client';

/** By which certificates this process and the engine know each other. Paths of PEM files. */
export interface EngineCertificates {
  TEMPORAL_TLS_CERT?: string | undefined;
  TEMPORAL_TLS_KEY?: string | undefined;
  TEMPORAL_TLS_CA?: string | undefined;
}

/** @throws Error when a file that is named cannot be read */
export function engineTls(settings: EngineCertificates): TLSConfig | true {
  const { TEMPORAL_TLS_CERT: certificate, TEMPORAL_TLS_KEY: key, TEMPORAL_TLS_CA: ca } = settings;
  if (!certificate && !ca) return true;
  return {
    ...(ca && { serverRootCACertificate: readFileSync(ca) }),
    ...(certificate && key && { clientCertPair: { crt: readFileSync(certificate), key: readFileSync(key) } }),
  };
}
