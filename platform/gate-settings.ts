import { z } from 'zod';
import { file, milliseconds, port, url } from './setting-values.ts';

/** A gate, and the door between gates and the engine, in the form of the other groups of settings. */

export const gate = {
  GATE_ID: z
    .string()
    .min(2)
    .optional()
    .describe('which gate this is; left out: the one that its keys were enrolled for'),
  GATE_STORE: z.string().min(1).describe('its SQLite file, on a disk that survives power cuts'),
  GATE_HOST: z.string().default('127.0.0.1').describe('where its page and its devices find it'),
  GATE_PORT: port.describe('its port'),
  DOOR_URL: url.describe(
    'the way to the engine: the address of `door`, `https://…`, or `http://…` where nobody else is on the line',
  ),
  DOOR_CA: file.optional().describe("a PEM file: who signed the door's certificate; left out: whom the machine trusts"),
  FEED_URL: url.describe('where it pulls its feed: the address of `web`'),
  GATE_FORGETS_AFTER_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(60)
    .default(7)
    .describe('after how many days without its feed a gate deletes what it knows of people, and decides by signatures'),
  FEED_EVERY_MS: milliseconds.default(2_000).describe('how often it asks for the feed, beside being told of it'),
};

export const door = {
  DOOR_HOST: z.string().default('127.0.0.1').describe('where gates find the door to the engine'),
  DOOR_PORT: port.describe('its port'),
  DOOR_TLS_CERT: file
    .optional()
    .describe('a PEM file: the certificate by which gates know the door; left out: a proxy before it speaks TLS'),
  DOOR_TLS_KEY: file.optional().describe('a PEM file: the key of that certificate; both or neither'),
};
