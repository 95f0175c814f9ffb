import { createHash } from 'node:crypto';

/** How the UI's own answers are changed on their way to an admin. */

/** Nothing can be started, signalled, reset or terminated from the pages; payloads are decoded by us, for this session. */
export function rewriteSettings(text: string, publicUrl: string): string {
  const settings = JSON.parse(text) as Record<string, unknown>;
  const switches = Object.keys(settings).filter((name) => /Disabled$/.test(name) && !name.startsWith('Refresh'));
  return JSON.stringify({
    ...settings,
    ...Object.fromEntries(switches.map((name) => [name, true])),
    DisableWriteActions: true,
    Codec: { Endpoint: `${publicUrl}/codec`, PassAccessToken: false, IncludeCredentials: true },
  });
}

/** Shows only our namespace of the engine's. */
export function rewriteNamespaces(text: string, namespace: string): string {
  const { namespaces } = JSON.parse(text) as { namespaces?: { namespaceInfo?: { name?: string } }[] };
  return JSON.stringify({ namespaces: (namespaces ?? []).filter((one) => one.namespaceInfo?.name === namespace) });
}

/**
 * The content policy of the UI's pages, and of no other: its one inline script is allowed by its hash,
 * and it sets styles from scripts.
 */
export function policyFor(html: string): string {
  const hashes = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return [
    `default-src 'none'`,
    `script-src 'self' ${hashes.join(' ')}`.trim(),
    `style-src 'self' 'unsafe-inline'`,
    `img-src 'self' data:`,
    `font-src 'self' data:`,
    `connect-src 'self'`,
    `media-src 'self'`,
    `worker-src 'self' blob:`,
    `manifest-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}
