import { readFileSync } from 'node:fs';
import type { TLSConfig } from '@temporalio/client';

/** By which certificates this process and the engine know each other. Paths of PEM files. */
export interface EngineCertificates {
  TEMPORAL_TLS?: boolean | undefined;
  TEMPORAL_TLS_CERT?: string | undefined;
  TEMPORAL_TLS_KEY?: string | undefined;
  TEMPORAL_TLS_CA?: string | undefined;
}

/** What is right by itself and wrong beside another setting, a sentence each without the setting's name. */
export function certificateContradictions(settings: EngineCertificates): { name: string; problem: string }[] {
  const { TEMPORAL_TLS: tls, TEMPORAL_TLS_CERT: certificate, TEMPORAL_TLS_KEY: key, TEMPORAL_TLS_CA: ca } = settings;
  if ((certificate === undefined) !== (key === undefined)) {
    const name = certificate === undefined ? 'TEMPORAL_TLS_CERT' : 'TEMPORAL_TLS_KEY';
    return [{ name, problem: 'is missing: a certificate and its key go together' }];
  }
  const unused = tls === false && (certificate !== undefined || ca !== undefined);
  return unused ? [{ name: 'TEMPORAL_TLS', problem: 'is off, but certificates are set, which would not be used' }] : [];
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
