import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { windowOf } from '../e2e/people.ts';
import { scanShot } from './known-gate.ts';
import { type Answer, type Shot, send } from './open-loop.ts';
import type { Person } from './people.ts';
import type { Product } from './product.ts';

export type Journeyed = Pick<Product, 'web' | 'owner' | 'people' | 'gates'>;

/** The way of returning visitors from the form to an open gate, page by page over HTTP. */
export async function createJourney({ web, owner, people, gates: { south } }: Journeyed) {
  const department = await owner('department').where({ name_zh: '信息科学与工程学院' }).first('id', 'campus_id');
  const reason = await owner('reason').first('id');
  const chosen = { campus: department.campus_id, department: department.id, reason: reason.id, host: '赵敏' };
  const agent = new Agent({ keepAlive: true });

  const get = (who: Person, path: string) => browse(who, { url: web + path });
  const post = (who: Person, path: string, fields: Record<string, string>) =>
    browse(who, {
      url: web + path,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });
  async function browse(who: Person, shot: Shot): Promise<Page> {
    const answer = await send(agent, { ...shot, headers: { ...shot.headers, ...who.headers } });
    if (answer.status === 303) return get(who, String(answer.headers.location));
    return readPage(shot.url.slice(web.length), answer);
  }

  /** A visitor fills the form; the answer is the reservation's own page. @returns the reservation's id */
  async function submit(visitor: Person, end: Date, plate?: string): Promise<string> {
    const form = await get(visitor, '/reservations/new?channel=personal');
    const window = windowOf(end.getTime() - Date.now());
    const shown = await post(visitor, '/reservations', {
      ...form.values,
      ...chosen,
      ...window,
      ...(plate !== undefined && { plate }),
    });
    const [, reservation] = /^\/reservations\/([0-9a-f-]{36})/.exec(shown.path) ?? [];
    if (reservation === undefined) throw new Error(`The form led to ${shown.path}`);
    return reservation;
  }

  /** The task's page as the approver opens it. @returns how to send its form, once: resolves with the page that shows the decision */
  async function openTask(reservation: string): Promise<() => Promise<void>> {
    const task = await found(() => owner('task').where({ reservation_id: reservation, status: 'open' }).first('id'));
    const page = await get(people.approver, `/inbox/${task.id}`);
    const { request = '', seen = '', form_owner = '' } = page.values;
    const decision = { form_owner, request, seen, verdict: 'approved', reason: '' };
    return async () => {
      await post(people.approver, `/inbox/${task.id}/decision`, decision);
    };
  }
  const approve = async (reservation: string): Promise<void> => (await openTask(reservation))();

  async function enter(visitor: Person, reservation: string): Promise<void> {
    const pass = await found(() => owner('pass').where({ reservation_id: reservation }).first('id'));
    const page = await get(visitor, `/passes/${pass.id}`);
    const [, text = ''] = /data-text="([^"]+)"/.exec(page.html) ?? [];
    const answer = await send(agent, scanShot(south, plainText(text)));
    const said = answer.body.toString('utf8');
    if (!said.includes('"open":true')) throw new Error(`The gate said ${said}`);
  }

  return {
    get,
    post,
    submit,
    approve,
    enter,
    /** The next visitor in turn asks, and nobody decides. */
    ask: (end: Date): Promise<string> => submit(people.nextVisitor(), end),
    openTask,
    /** The next visitor in turn: submitted, approved, through the gate. @returns the reservation's id */
    async walk(end: Date): Promise<string> {
      const visitor = people.nextVisitor();
      const reservation = await submit(visitor, end);
      await approve(reservation);
      await enter(visitor, reservation);
      return reservation;
    },
    /** The next visitor in turn: submitted and approved. @returns who, and where their pass is */
    async passOf(end: Date): Promise<{ visitor: Person; path: string }> {
      const visitor = people.nextVisitor();
      const reservation = await submit(visitor, end);
      await approve(reservation);
      const pass = await found(() => owner('pass').where({ reservation_id: reservation }).first('id'));
      return { visitor, path: `/passes/${pass.id}` };
    },
    close: () => agent.destroy(),
  };
}

interface Page {
  path: string;
  html: string;
  /** What its forms would send as they stand. */
  values: Record<string, string>;
}

function readPage(path: string, { status, body }: Answer): Page {
  const html = body.toString('utf8');
  if (status !== 200) throw new Error(`${path} answered ${status}`);
  const values: Record<string, string> = {};
  for (const [, tag = ''] of html.matchAll(/<input\b([^>]*)>/g)) {
    const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
    const name = attribute('name');
    const off = /type="(radio|checkbox)"/.test(tag) && !/\bchecked\b/.test(tag);
    if (name !== undefined && !off) values[name] = plainText(attribute('value') ?? '');
  }
  for (const [, name = '', options = ''] of html.matchAll(/<select\b[^>]*\bname="([^"]+)"[^>]*>(.*?)<\/select>/gs)) {
    values[name] = /<option\b[^>]*\bvalue="([^"]*)"[^>]*\bselected/.exec(options)?.[1] ?? '';
  }
  return { path, html, values };
}

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&#34;': '"', '&#39;': "'" };
const plainText = (text: string): string =>
  text.replace(/&(amp|lt|gt|#34|#39);/g, (entity) => entities[entity] ?? entity);

/** Looks ten times a second: our looking must not become the load. */
async function found<T>(look: () => Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 60_000;
  for (let row = await look(); ; row = await look()) {
    if (row) return row;
    if (Date.now() > deadline) throw new Error('A row did not come within 60 s');
    await wait(100);
  }
}
