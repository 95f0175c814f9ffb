import { Agent } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { load } from 'cheerio';
import { type Figure, round } from './figure.ts';
import { send } from './open-loop.ts';
import type { Product } from './product.ts';

/** Everything a cold browser fetches for its first page, in bytes as they come over the wire. */
export async function measureFirstVisit({ web }: Pick<Product, 'web'>): Promise<Figure[]> {
  const agent = new Agent({ keepAlive: true });
  const headers = { 'accept-encoding': 'gzip', 'accept-language': 'zh-CN' };
  const seen: Record<string, number> = {};
  const fetched = async (url: URL): Promise<{ url: URL; text: string }> => {
    const { status, body, headers: answered } = await send(agent, { url: url.href, headers });
    if (typeof answered.location === 'string') return fetched(new URL(answered.location, url));
    if (status !== 200) throw new Error(`${url.pathname} answered ${status}`);
    seen[url.pathname] = body.length;
    return { url, text: (answered['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8') };
  };

  const page = await fetched(new URL('/', web));
  const $ = load(page.text);
  const parts = $('link[rel="stylesheet"], link[rel~="icon"], link[rel="preload"], script[src], img[src]')
    .toArray()
    .map((element) => $(element).attr('href') ?? $(element).attr('src') ?? '')
    .filter((reference) => reference !== '' && !reference.startsWith('data:'))
    .map((reference) => new URL(reference, page.url).href);
  for (const part of new Set(parts)) await fetched(new URL(part));
  agent.destroy();

  const bytes = Object.values(seen).reduce((sum, one) => sum + one, 0);
  return [{ name: 'first_visit_kb', value: round(bytes / 1024), unit: 'kB gzip', target: { atMost: 45 }, seen }];
}
