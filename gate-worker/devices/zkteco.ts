import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { kindOfShown } from '../../domain/credentials.ts';
import type { Direction } from '../../domain/reservation.ts';
import { minute, parseLocalDateTime } from '../../domain/time.ts';
import { sameSecret } from './bearer.ts';
import type { OpenDevice } from './device.ts';
import { secret, shape } from './device-settings.ts';
import { refused } from './refused.ts';

/**
 * ZKTeco's PUSH for access control: the device asks for everything, at paths of its own that begin with `/iclock`, and is
 * known by its serial number `SN`. It shows its communication key when it greets; what follows carries none, and is
 * believed from the address that greeted. What was read comes as a log line, and the door opens by a command that the
 * device fetches. Shapes: "Security PUSH Communication Protocol" 3.1.2 as public repositories quote it, see docs/devices.md.
 */
export const zktecoShape = shape('zkteco', {
  serial: z.string().regex(/^[A-Za-z0-9]{4,32}$/),
  /** Its communication key. */
  secret,
  door: z.int().min(1).max(4).default(1),
});
type Settings = z.output<typeof zktecoShape>;

/** A door that opens late opens to somebody else: a command that was not fetched by then is dropped; ms. */
const commandWithin = 5_000;
/** A controller tells later what it kept while it was cut off: whoever stands there by then is somebody else; ms. */
const heardWithin = minute;
const opensFor = '05';
const heldOpen = 'FF';
const asBefore = '00';
const ok = 'OK\n';

export const openZkteco: OpenDevice<Settings> = (settings, { desk, facts, log }) => {
  const held = `${settings.name} held`;
  let greetedFrom = facts.read(settings.name);
  let commands: { id: number; text: string; seconds: string; until: number }[] = [];
  let lastId = 0;

  function command(seconds: string, until: number): void {
    lastId += 1;
    const door = String(settings.door).padStart(2, '0');
    commands.push({ id: lastId, text: `C:${lastId}:CONTROL DEVICE 01${door}01${seconds}`, seconds, until });
  }

  function holdOpen(open: boolean): void {
    facts.write(held, 'yes');
    command(open ? heldOpen : asBefore, Number.POSITIVE_INFINITY);
  }
  // The gate may have been started again before the controller fetched what ended a fire alarm.
  if (facts.read(held) === 'yes' && !desk.fire.isOn()) holdOpen(false);

  const known: RequestHandler = (req, res, next) => {
    if (greetedFrom !== undefined && req.socket.remoteAddress === greetedFrom) return next();
    res.status(401).type('text/plain').send('ERROR\n');
  };
  const text = express.text({ limit: '64kb', type: ['text/plain', 'application/push', 'application/octet-stream'] });
  const router = Router();

  router.get('/cdata', (req, res) => {
    const key = String(req.query.pushcommkey ?? '');
    if (!sameSecret(key, settings.secret)) {
      log.warn({ device: settings.name }, 'a device greeted without its key');
      // Another one has taken the address; from elsewhere nobody is shut out by it.
      if (req.socket.remoteAddress === greetedFrom) greetedFrom = undefined;
      return void res.status(401).type('text/plain').send('ERROR\n');
    }
    greetedFrom = req.socket.remoteAddress ?? '';
    facts.write(settings.name, greetedFrom);
    plain(res, configuration(settings));
  });
  router.post('/registry', known, text, (_req, res) => plain(res, `RegistryCode=${settings.serial}\n`));
  router.post('/push', known, text, (_req, res) => plain(res, configuration(settings)));
  router.post('/cdata', known, text, (req, res) => {
    if (typeof req.body !== 'string') return void res.status(415).type('text/plain').send('ERROR\n');
    if (req.query.table === 'rtlog') for (const line of linesOf(req.body)) heard(line);
    plain(res, ok);
  });
  router.get('/getrequest', known, (_req, res) => {
    commands = commands.filter(({ until }) => until > Date.now());
    plain(res, commands.map(({ text }) => `${text}\n`).join('') || ok);
  });
  router.post('/devicecmd', known, text, (req, res) => {
    const done = new URLSearchParams(typeof req.body === 'string' ? req.body.trim() : '');
    const doneNow = commands.find(({ id }) => id === Number(done.get('ID')));
    commands = commands.filter((command) => command !== doneNow);
    if (doneNow?.seconds === asBefore) facts.write(held, 'no');
    if (done.get('Return') !== '0') log.warn({ device: settings.name }, 'a device did not do what it was told');
    plain(res, ok);
  });

  function heard(line: Record<string, string>): void {
    const value = [line.cardno, line.pin].find((said) => said && said !== '0');
    if (value === undefined || line.eventaddr !== String(settings.door)) return;
    const direction = settings.direction === 'both' ? directions[line.inoutstatus ?? ''] : settings.direction;
    if (direction !== 'out' && !isNow(line)) {
      log.warn({ device: settings.name }, 'a controller told what it kept, or its clock is wrong: it stays shut');
      return;
    }
    const credential = { kind: kindOfShown(value), value };
    const nonce = `rtlog-${line.index}-${line.time?.replace(' ', 'T')}`;
    const answered = desk.answer(settings, { credential, nonce, direction });
    if (answered.open) command(opensFor, Date.now() + commandWithin);
  }

  const routes = Router();
  const own = (req: Request) => req.query.SN === settings.serial;
  routes.use('/iclock', (req, res, next) => (own(req) ? router(req, res, next) : next()));
  routes.use(
    '/iclock',
    refused((res, status) => res.status(status).type('text/plain').send('ERROR\n')),
  );
  return {
    routes,
    holdOpen,
  };
};

const directions: Record<string, Direction | undefined> = { 0: 'in', 1: 'out' };

/** A line without its number could not be told from the next one. */
const isNow = ({ time = '', index }: Record<string, string>): boolean =>
  index !== undefined && Math.abs(Date.now() - Number(parseLocalDateTime(time))) <= heardWithin;

/** Log lines: fields `name=value`, separated by tabs. */
const linesOf = (body: string): Record<string, string>[] =>
  body
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) =>
      Object.fromEntries(
        line.split('\t').map((field) => {
          const at = field.indexOf('=');
          return [field.slice(0, at).trim(), field.slice(at + 1)];
        }),
      ),
    );

/** Events at once, a look for commands every second. */
const configuration = ({ serial }: Settings): string =>
  [
    'registry=ok',
    `RegistryCode=${serial}`,
    'ServerVersion=3.1.2',
    'PushProtVer=3.1.2',
    'ErrorDelay=5',
    'RequestDelay=1',
    'TransInterval=1',
    'TransTables=User Transaction',
    'Realtime=1',
    'TimeoutSec=10',
    '',
  ].join('\n');

const plain = (res: Response, text: string): void => void res.type('text/plain').send(text);
