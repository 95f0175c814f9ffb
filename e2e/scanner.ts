import { randomUUID } from 'node:crypto';
import type { CredentialName } from '../domain/credentials.ts';

export interface ScanAnswer {
  open: boolean;
  reason: string;
  message: { 'zh-CN': string; en: string };
  party: { name: string; plate: string | null } | null;
}

export interface Shown {
  kind: CredentialName;
  value: string;
  document?: string;
}

/** A scanner at a gate: what it was shown, as `POST /scan` with the device's own token. */
export async function scan(
  gate: { url: string; deviceToken: string },
  shown: Shown,
  /** A device never uses a nonce for two scans; the same again is the same scan. */
  { nonce = randomUUID(), direction = 'in' }: { nonce?: string; direction?: 'in' | 'out' } = {},
): Promise<ScanAnswer> {
  const answer = await fetch(`${gate.url}/scan`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${gate.deviceToken}` },
    body: JSON.stringify({ device: 'turnstile-1', credential: shown, direction, nonce, at: new Date().toISOString() }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`The gate answered ${answer.status}`);
  return (await answer.json()) as ScanAnswer;
}
