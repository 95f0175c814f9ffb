import { randomUUID } from 'node:crypto';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Answered } from '../scan.ts';
import { sameSecret } from './bearer.ts';
import type { OpenDevice } from './device.ts';
import { secret, shape } from './device-settings.ts';
import { refused } from './refused.ts';

/**
 * 臻识 plate cameras by HTTP push. The camera posts to the addresses that it is set to, and can show no token: its secret
 * is a part of them. `POST /devices/<name>/<secret>/plate`, `/input` and `/heartbeat`; an answer of ours opens the barrier.
 * Shapes: the vendor's "HTTP 推送协议" as public repositories quote it, see docs/devices.md.
 */
export const plateCameraShape = shape('plate_camera', {
  /** What the camera says of a vehicle's way is not which way its barrier leads. */
  direction: z.enum(['in', 'out']),
  secret,
  serial: z.string().min(4).max(64),
  /** Which of its inputs, 1 to 4, the fire alarm closes. */
  fire_input: z.int().min(1).max(4).optional(),
});
type Settings = z.output<typeof plateCameraShape>;

const plateShape = z.object({
  AlarmInfoPlate: z.object({
    serialno: z.string().max(64),
    result: z.object({
      PlateResult: z.object({
        license: z.string().max(32),
        plateid: z.int().min(0),
        isoffline: z.union([z.literal(0), z.literal(1)]).default(0),
        timeStamp: z.object({ Timeval: z.object({ sec: z.int().min(0) }) }),
      }),
    }),
  }),
});
const inputShape = z.object({
  AlarmGioIn: z.object({
    serialno: z.string().max(64),
    result: z.object({ TriggerResult: z.object({ source: z.int().min(0).max(4), value: z.int() }) }),
  }),
});

/** Pictures come with it, where the camera is set to send them; they are not looked at. */
const longest = '4mb';
const noPlate = '_无_';

export const openPlateCamera: OpenDevice<Settings> = (settings, { desk, log }) => {
  const at: string = `/devices/${settings.name}/:secret`;
  const json = express.json({ limit: longest, type: ['application/json', 'text/json'] });
  const routes = Router();
  routes.use(at, (req, res, next) => {
    if (sameSecret(String(req.params.secret), settings.secret)) return next();
    res.status(401).json(shut);
  });

  routes.post(`${at}/plate`, readPlate, (req, res) => {
    const told = plateShape.safeParse(req.body).data?.AlarmInfoPlate;
    if (!told) return unread(res, badBody(req));
    if (!isOwn(told.serialno, res)) return;
    const { license, plateid, isoffline, timeStamp } = told.result.PlateResult;
    // The vehicle has gone, or somebody let it through by hand: the barrier would open to the next one.
    if (isoffline === 1) return void res.json(nextOffline(plateid));
    const credential = license === noPlate ? undefined : ({ kind: 'plate', value: license } as const);
    // The camera's counter begins anew when it loses power: with the time of the picture a number is that vehicle's alone.
    const nonce = `plate-${plateid}-${timeStamp.Timeval.sec}`;
    res.json(opens(desk.answer(settings, { credential, nonce })));
  });

  routes.post(`${at}/input`, json, (req, res) => {
    const told = inputShape.safeParse(req.body).data?.AlarmGioIn;
    if (!told) return void res.status(badBody(req)).json(shut);
    if (!isOwn(told.serialno, res)) return;
    const { source, value } = told.result.TriggerResult;
    if (source + 1 === settings.fire_input) desk.fire.set(settings.name, value === 1);
    res.json({});
  });

  // The camera sends its own user name and password with it: nothing of it is read, let alone logged.
  routes.post(`${at}/heartbeat`, (req, res) => {
    req.resume();
    res.json(desk.fire.isOn() ? open : {});
  });

  function readPlate(req: Request, res: Response, next: NextFunction): void {
    json(req, res, (error?: unknown) => {
      const { status = 500, type } = (error ?? {}) as { status?: number; type?: string };
      // Where the line broke nobody hears an answer.
      return error && status < 500 && type !== 'request.aborted' ? unread(res, status) : next(error);
    });
  }

  /** There is a vehicle, and the camera's words are none that we know: nobody is locked in by them. */
  function unread(res: Response, status: number): void {
    const answered = desk.answer(settings, { credential: undefined, nonce: `unread-${randomUUID()}` });
    res.status(answered.open ? 200 : status).json(opens(answered));
  }

  function isOwn(serial: string, res: Response): boolean {
    if (serial === settings.serial) return true;
    log.warn({ device: settings.name }, 'a camera said another serial number than its own');
    res.status(403).json(shut);
    return false;
  }

  return {
    routes: routes.use(
      `/devices/${settings.name}`,
      refused((res, status) => res.status(status).json(shut)),
    ),
  };
};

const badBody = (req: Request): number => (req.is(['application/json', 'text/json']) ? 400 : 415);

/** Newer cameras send a vehicle again until they are told to stop. */
const stop = 'retransfer_stop';
const open = { Response_AlarmInfoPlate: { info: 'ok', content: stop, is_pay: 'true' } };
const shut = { Response_AlarmInfoPlate: { info: 'no', content: stop, is_pay: 'false' } };
const opens = (answered: Answered) => (answered.open ? open : shut);

/** Asks for the next one that it kept while nobody answered. */
const nextOffline = (plateid: number) => ({
  Response_AlarmInfoPlate: { ...shut.Response_AlarmInfoPlate, ContinuePushOffline: { plateid, continue: 1 } },
});
