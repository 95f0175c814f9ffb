import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { load } from 'cheerio';
import { expect } from 'vitest';
import type { ApiDocument } from '../web/api/document.ts';
import { staffBrowser } from './staff-browser.ts';
import type { System } from './system.ts';

/** Another system of the university, as a test speaks for it: every answer is held against the server's own document. */

export interface ApiAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare what they find
  body: any;
}

export interface Asked {
  /** Left out: none is sent. */
  key?: string;
  /** Of the parts of the path, and else of the query. */
  of?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface ApiClient {
  document: ApiDocument;
  /** `<operation> <status>` of each answer so far. */
  seen: Set<string>;
  /** An operation by its id. */
  ask(id: string, asked?: Asked): Promise<ApiAnswer>;
}

export async function apiClient(web: string): Promise<ApiClient> {
  const document = (await (await fetch(`${web}/api/v1/openapi.json`)).json()) as ApiDocument;
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'api');
  const at = (pointer: string) => ajv.getSchema(`api#${pointer}`) as ValidateFunction;
  const seen = new Set<string>();

  async function ask(id: string, { key, of = {}, body, headers }: Asked = {}): Promise<ApiAnswer> {
    const { path, method, responses } = operationOf(document, id);
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const filled = names.reduce((text, name) => text.replace(`{${name}}`, of[name] ?? ''), path);
    const query = new URLSearchParams(Object.entries(of).filter(([name]) => !names.includes(name)));
    const answer = await fetch(`${web}/api/v1${filled}?${query}`, {
      method,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const found = { status: answer.status, headers: answer.headers, body: JSON.parse(await answer.text()) };
    const where = `${id} ${answer.status}`;
    const documented = responses[answer.status] as { $ref?: string; content?: object } | undefined;
    expect(documented, `${where} stands in the document`).toBeDefined();
    const code = documented?.$ref?.split('/').at(-1);
    const escaped = path.replaceAll('/', '~1');
    const [media, place] = code
      ? ['application/problem+json', `/components/responses/${code}`]
      : ['application/json', `/paths/${escaped}/${method.toLowerCase()}/responses/${answer.status}`];
    expect(answer.headers.get('content-type'), where).toMatch(media);
    if (code) expect(found.body.code, where).toBe(code);
    const fits = at(encodeURI(`${place}/content/${media.replace('/', '~1')}/schema`));
    expect(fits(found.body) || fits.errors, `${where} ${JSON.stringify(found.body)}`).toBe(true);
    seen.add(where);
    return found;
  }
  return { document, seen, ask };
}

function operationOf({ paths }: ApiDocument, id: string) {
  for (const [path, methods] of Object.entries(paths))
    for (const [method, one] of Object.entries(methods))
      if (one.operationId === id) return { path, method: method.toUpperCase(), responses: one.responses };
  throw new Error(`The document has no operation ${id}`);
}

/** Made by an admin on the page. */
export async function anApiKey(
  { web }: System,
  { label = '会议系统', scopes, department = '' }: { label?: string; scopes: readonly string[]; department?: string },
): Promise<string> {
  const admin = await staffBrowser(web, 'admin');
  await admin.get('/admin/api-keys').expect(200);
  await admin
    .post('/admin/api-keys')
    .type('form')
    .send({ label, scopes: [...scopes], department, days: '90' })
    .expect(303);
  const page = load((await admin.get('/admin/api-keys').expect(200)).text);
  const again = load((await admin.get('/admin/api-keys').expect(200)).text);
  expect(again('textarea'), 'it is shown once').toHaveLength(0);
  return page('textarea').text().trim();
}
