import express, { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { kindOfShown } from '../../domain/credentials.ts';
import { second } from '../../domain/time.ts';
import type { OpenDevice } from './device.ts';
import { secret, shape } from './device-settings.ts';
import { createDigestGuard } from './digest-guard.ts';
import { firstPart } from './first-part.ts';
import { holdDoor } from './hold-door.ts';
import { createIsapi } from './isapi.ts';
import { refused } from './refused.ts';

/**
 * Hikvision by ISAPI: the terminal posts its events to `/devices/<name>/events`, with HTTP Digest, and where one asks for
 * remote verification the gate answers at the terminal, with HTTP Digest too. The terminal is to be set to stay shut where
 * no answer comes. Shapes: ISAPI as public repositories quote it, see docs/devices.md.
 */
export const hikvisionShape = shape('hikvision', {
  /** Its events do not say which way. */
  direction: z.enum(['in', 'out']),
  /** Where the terminal listens, such as http://192.168.1.64. */
  url: z.url({ protocol: /^https?$/ }),
  user: z.string().min(1).max(32).default('admin'),
  /** Of that user at the terminal. */
  password: z.string().min(8).max(64),
  /** By which the terminal shows the gate who it is: its user is the device's name. */
  secret,
  door: z.int().min(1).max(8).default(1),
});
type Settings = z.output<typeof hikvisionShape>;

const eventShape = z.object({
  eventType: z.literal('AccessControllerEvent'),
  dateTime: z.iso.datetime({ offset: true, local: true }),
  AccessControllerEvent: z.object({
    serialNo: z.int().min(0),
    remoteCheck: z.boolean().default(false),
    /** One that cannot be read lets out all the same. */
    cardNo: z.string().max(1_000).optional().catch(undefined),
  }),
});
const other = z.object({ eventType: z.string().max(64) });

/** Pictures come behind the event. */
const longest = '4mb';
const longestEvent = 64 * 1024;
/** The terminal waits about five seconds, and shuts. What is answered later would open to the next one; ms. */
const answerWithin = 4 * second;

export const openHikvision: OpenDevice<Settings> = (settings, { desk, facts, log }) => {
  const guard = createDigestGuard({ user: settings.name, password: settings.secret });
  const isapi = createIsapi(settings.url, settings);
  const path = `/devices/${settings.name}/events`;

  const known: RequestHandler = (req, res, next) => {
    const said = req.get('authorization');
    const end = said === undefined ? 'wrong' : guard.check(said, { method: req.method, uri: req.originalUrl });
    if (end === 'ok') return next();
    res.status(401).set('WWW-Authenticate', guard.challenge(end === 'stale' ? 'stale' : undefined));
    res.end();
  };

  async function verify(event: z.output<typeof eventShape>['AccessControllerEvent'], dateTime: string): Promise<void> {
    const latest = Date.now() + answerWithin;
    const value = event.cardNo;
    // A face comes with an empty one: it is no wrong try.
    const credential = !value ? undefined : { kind: kindOfShown(value), value };
    const answered = desk.answer(settings, { credential, nonce: `event-${event.serialNo}-${dateTime}` });
    const tell = () => isapi.check(event.serialNo, answered, latest);
    await tell().catch(tell);
  }

  const routes = Router();
  const body = express.raw({ limit: longest, type: ['multipart/*', 'application/json'] });
  routes.post(path, known, body, (req, res) => {
    if (!Buffer.isBuffer(req.body)) return void res.status(415).end();
    const type = req.get('content-type') ?? '';
    const text = /^multipart\//i.test(type) ? firstPart(req.body, type, longestEvent) : req.body.toString('utf8');
    const told = parse(text);
    const event = eventShape.safeParse(told).data;
    // Heartbeats, doors and other events need no answer.
    if (!event) return void res.status(other.safeParse(told).success ? 200 : 400).end();
    res.status(200).end();
    const { AccessControllerEvent: asked, dateTime } = event;
    if (!asked.remoteCheck) return;
    verify(asked, dateTime).catch((error: unknown) =>
      log.warn({ err: error, device: settings.name }, 'a terminal did not take an answer, and stays shut'),
    );
  });

  const door = holdDoor(settings, { isapi, desk, facts, log });
  return {
    routes: routes.use(
      `/devices/${settings.name}`,
      refused((res, status) => res.status(status).end()),
    ),
    ...door,
  };
};

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
