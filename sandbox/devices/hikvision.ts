import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Misbehaviour, type SimulatedDevice, send } from './device.ts';

/**
 * A Hikvision terminal: pushes events as multipart, with HTTP Digest where it is asked for it; waits for a remote verification and stays
 * shut without one; takes ISAPI calls by HTTP Digest alone, MD5 as its firmware does, and refuses what is not for it.
 */
export interface Hikvision extends SimulatedDevice {
  url: string;
  isHeldOpen(): boolean;
  /** The last header by which it showed who it is. */
  lastAuthorization(): string | undefined;
  /** It answers the gate's next call with 503. */
  beBusy(): void;
}

interface Own {
  name: string;
  /** By which it shows who it is. */
  secret: string;
  user: string;
  password: string;
  /** How long it waits for a verification; ms. */
  patience: number;
}

export async function startHikvision(gate: () => string, own: Own): Promise<Hikvision> {
  let serialNo = 9_000;
  let last: { serialNo: number; body: Buffer } | undefined;
  let status: number | undefined;
  let authorization: string | undefined;
  let isHeld = false;
  let isBusy = false;
  const waiting = new Map<number, (opens: boolean) => void>();
  const nonce = randomBytes(8).toString('hex');
  const path = `/devices/${own.name}/events`;

  async function push(body: Buffer, wrong: Misbehaviour): Promise<void> {
    const headers = { 'Content-Type': wrong.type ?? `multipart/form-data; boundary=${boundary}` };
    const first = await send(`${gate()}${path}`, { method: 'POST', headers, body }, wrong);
    status = first?.status;
    const challenge = first?.headers.get('www-authenticate');
    if (status !== 401 || !challenge) return;
    const secret = wrong.lies ? `${own.secret}x` : own.secret;
    authorization = answer(challenge, { user: own.name, secret, method: 'POST', uri: path });
    const second = await send(
      `${gate()}${path}`,
      { method: 'POST', headers: { ...headers, Authorization: authorization }, body },
      wrong,
    );
    status = second?.status;
  }

  async function tell(event: { serialNo: number; body: Buffer }, wrong: Misbehaviour = {}): Promise<boolean> {
    const verified = new Promise<boolean>((resolve) => waiting.set(event.serialNo, resolve));
    await push(event.body, wrong);
    const timer = setTimeout(() => waiting.get(event.serialNo)?.(false), status === 200 ? own.patience : 0);
    const opens = await verified;
    clearTimeout(timer);
    waiting.delete(event.serialNo);
    return opens;
  }

  async function take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await textOf(req);
    if (isBusy) {
      isBusy = false;
      return void res.writeHead(503).end();
    }
    if (!isRight(req, nonce, own)) {
      res.setHeader('WWW-Authenticate', `Digest qop="auth", realm="DS-K1T", nonce="${nonce}", stale="FALSE"`);
      return void res.writeHead(401).end();
    }
    res.writeHead(does(`${req.method} ${req.url}`, body) ? 200 : 400).end();
  }

  function does(call: string, body: string): boolean {
    if (call === 'PUT /ISAPI/AccessControl/remoteCheck?format=json') {
      const { RemoteCheck: told } = JSON.parse(body) as { RemoteCheck?: { serialNo: number; checkResult: string } };
      const decide = told && waiting.get(told.serialNo);
      if (!decide || !['success', 'failed'].includes(told.checkResult)) return false;
      decide(told.checkResult === 'success');
      return true;
    }
    const [, command] = /<RemoteControlDoor>\s*<cmd>(\w+)<\/cmd>\s*<\/RemoteControlDoor>\s*$/.exec(body) ?? [];
    if (call !== 'PUT /ISAPI/AccessControl/RemoteControl/door/1' || !command) return false;
    isHeld = command === 'alwaysOpen';
    return ['open', 'close', 'alwaysOpen', 'alwaysClose'].includes(command);
  }

  const server = createServer((req, res) => void take(req, res).catch(() => res.writeHead(400).end()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show(cardNo, wrong = {}) {
      serialNo += 1;
      last = { serialNo, body: eventOf(serialNo, cardNo, wrong.padding ?? 0) };
      return tell(last, wrong);
    },
    again: () => (last ? tell(last) : Promise.resolve(false)),
    lastStatus: () => status,
    isHeldOpen: () => isHeld,
    lastAuthorization: () => authorization,
    beBusy: () => {
      isBusy = true;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const boundary = 'MIME_boundary';

function eventOf(serialNo: number, cardNo: string, padding: number): Buffer {
  const event = {
    ipAddress: '192.0.2.64',
    dateTime: new Date().toISOString(),
    activePostCount: 1,
    eventType: 'AccessControllerEvent',
    eventState: 'active',
    AccessControllerEvent: {
      deviceName: 'Access Controller',
      majorEventType: 5,
      subEventType: 1,
      cardNo,
      cardReaderNo: 1,
      serialNo,
      remoteCheck: true,
    },
  };
  const part = (type: string, name: string, body: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`;
  const json = part('application/json; charset="UTF-8"', 'event_log', JSON.stringify(event));
  return Buffer.from(`${json}${part('image/jpeg', 'Picture', 'x'.repeat(padding + 16))}--${boundary}--\r\n`);
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** The weakest of what it is offered: old firmware knows no other. */
function answer(challenge: string, as: { user: string; secret: string; method: string; uri: string }): string {
  const offer = challenge.split(/,\s*(?=Digest)/).find((one) => /algorithm=MD5/.test(one)) ?? challenge;
  const [, realm = ''] = /realm="([^"]*)"/.exec(offer) ?? [];
  const [, nonce = ''] = /nonce="([^"]*)"/.exec(offer) ?? [];
  const cnonce = randomBytes(8).toString('hex');
  const what = md5(`${as.method}:${as.uri}`);
  const response = md5(`${md5(`${as.user}:${realm}:${as.secret}`)}:${nonce}:00000001:${cnonce}:auth:${what}`);
  return `Digest username="${as.user}", realm="${realm}", nonce="${nonce}", uri="${as.uri}", cnonce="${cnonce}", nc=00000001, qop=auth, algorithm=MD5, response="${response}"`;
}

function isRight(req: IncomingMessage, nonce: string, own: Own): boolean {
  const said = req.headers.authorization ?? '';
  const read = (name: string) => new RegExp(`[ ,]${name}="?([^",]*)"?`).exec(said)?.[1] ?? '';
  const what = md5(`${req.method}:${req.url}`);
  const whose = md5(`${own.user}:DS-K1T:${own.password}`);
  const right = md5(`${whose}:${nonce}:${read('nc')}:${read('cnonce')}:auth:${what}`);
  return read('username') === own.user && read('nonce') === nonce && read('response') === right;
}

async function textOf(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of req) text += piece;
  return text;
}
