import type { Log } from '../platform/log.ts';

/** A press on its way to the site, and what the site says within the messenger's patience. */
export async function postPress(
  url: string,
  { headers, body, patience }: { headers: Record<string, string>; body: string; patience: number },
  log: Log,
): Promise<{ status: number; text: string }> {
  try {
    const signal = AbortSignal.timeout(patience);
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    log.warn({ err: error }, 'the site does not answer a press');
    return { status: 0, text: '' };
  }
}
