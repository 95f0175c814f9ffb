import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';

/**
 * Preloaded into every process (`node --import`): writes each request's address, and where it says it came from, to a
 * file, as a proxy's access log would.
 */
const file = process.env.URLS_FILE;
if (file) {
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage };
    appendFileSync(file, `${request.method} ${request.url} ${request.headers.referer ?? '-'}\n`);
  });
}
