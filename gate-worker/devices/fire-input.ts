import express, { Router } from 'express';
import { z } from 'zod';
import { hasToken } from './bearer.ts';
import type { OpenDevice } from './device.ts';
import { secret, shape } from './device-settings.ts';
import { refused } from './refused.ts';

/** A contact of the fire alarm system on a box that speaks HTTP: `POST /devices/<name>/alarm {on}` → `{on}`. */
export const fireInputShape = shape('fire_input', { token: secret });

const alarm = z.strictObject({ on: z.boolean() });

export const openFireInput: OpenDevice<z.output<typeof fireInputShape>> = ({ name, token }, { desk }) => {
  const routes = Router();
  routes.post(
    `/devices/${name}/alarm`,
    (req, res, next) => (hasToken(req, token) ? next() : void res.status(401).end()),
    express.json({ limit: '1kb' }),
    (req, res) => {
      const told = alarm.safeParse(req.body);
      if (!told.success) return void res.status(400).end();
      desk.fire.set(name, told.data.on);
      res.json({ on: told.data.on });
    },
  );
  return {
    routes: routes.use(
      `/devices/${name}`,
      refused((res, status) => res.status(status).end()),
    ),
  };
};
