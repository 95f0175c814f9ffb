/** The parts of the Temporal Web UI that are let through. Everything not named here does not exist behind our login. */

export type Wanted =
  | { kind: 'page'; workflow?: string }
  | { kind: 'asset' }
  | { kind: 'settings' }
  | { kind: 'namespaces' }
  | { kind: 'api'; workflow?: string };

/**
 * @param path below the UI's public path, still encoded, without the query
 * @param namespace the only one whose pages and data may be seen
 * @returns undefined for everything else: other namespaces, other APIs, paths that try to climb.
 */
export function readWanted(path: string, namespace: string): Wanted | undefined {
  if (!isPlain(path)) return undefined;
  const own = `/namespaces/${encodeURIComponent(namespace)}`;
  if (path.startsWith('/api/')) return readApi(path, own);
  if (/^\/_app\/[\w./-]+$/.test(path)) return { kind: 'asset' };
  if (/^\/(?:[\w-]+\/)?[\w.-]+\.(?:svg|png|ico|css|js|woff2?|webmanifest)$/.test(path)) return { kind: 'asset' };
  if (path === own || path.startsWith(`${own}/`)) return { kind: 'page', ...workflowOf(path) };
  return undefined;
}

function readApi(path: string, own: string): Wanted | undefined {
  if (path === '/api/v1/settings') return { kind: 'settings' };
  if (path === '/api/v1/namespaces') return { kind: 'namespaces' };
  if (path === '/api/v1/cluster-info' || path === '/api/v1/system-info') return { kind: 'api' };
  const ours = `/api/v1${own}`;
  return path === ours || path.startsWith(`${ours}/`) ? { kind: 'api', ...workflowOf(path) } : undefined;
}

/** The workflow that an address of the UI or its API speaks of. */
export function workflowOf(path: string): { workflow?: string } {
  const encoded = /\/workflows\/([^/]+)/.exec(path)?.[1];
  const workflow = encoded && decode(encoded);
  return workflow ? { workflow } : {};
}

/** Workflow ids hold an encoded slash, so paths cannot simply be normalised: what climbs or hides is refused. */
function isPlain(path: string): boolean {
  const decoded = decode(path);
  if (decoded === undefined || /[%\\\0]|\/\//.test(decoded)) return false;
  return !decoded.split('/').some((part) => part === '.' || part === '..');
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
