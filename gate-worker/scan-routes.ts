import express, { type Response, Router } from 'express';
import { z } from 'zod';
import { credentialKinds } from '../domain/credentials.ts';
import type { GatePlace } from '../domain/feed.ts';
import { type Language, languages, translator } from '../platform/i18n.ts';
import { answerScan, type Judge, refusal, type ScanRequest } from './answer-scan.ts';
import { hasToken } from './devices/bearer.ts';
import type { DeviceDesk } from './devices/desk.ts';
import { refused } from './devices/refused.ts';
import { noteSentences } from './notes.ts';
import type { Answered } from './scan.ts';

/**
 * `POST /scan` for scanners and turnstiles: `{device, credential: {kind, value, document?}, direction: in|out,
 * at, nonce}` → `{open, reason, message: {zh-CN, en}, party, notes: [{kind, message}]}`. `Authorization: Bearer <device token>`.
 * 200 is a decision, whichever; 400 and 401 never open.
 *
 * `POST /annulments`, as `/scan` is: `{device, nonce}` of a scan that opened and whose arm did not turn, within 15 minutes →
 * `{annulled, reason?: unknown_scan|not_opened|too_late|unwritten}`, 503 where the gate's disk does not take it: then ask again.
 */

const printable = /^[\x21-\x7e]+$/;
const keyShape = {
  device: z.string().max(64).regex(printable),
  nonce: z.string().min(8).max(100).regex(printable),
};
const scanShape = z.object({
  ...keyShape,
  credential: z.object({
    kind: z.enum(credentialKinds),
    value: z.string().min(1).max(1_000),
    document: z.string().max(40).optional(),
  }),
  direction: z.enum(['in', 'out']),
  /** The device's own clock. Checked for shape only: devices' clocks are wrong, the gate's decides. */
  at: z.iso.datetime({ offset: true }).optional(),
});

type AskedScan = Omit<ScanRequest, 'askedBy'>;

/** For scanners with the token that the gate has for all of them. @param judge of the running gate */
export function scanRoutes(judge: Judge, deviceToken: string, orFire: DeviceDesk['orFire']): Router {
  const router = Router();
  router.post('/scan', (req, res, next) => (hasToken(req, deviceToken) ? next() : refuse(res, 401)));
  router.post('/annulments', (req, res, next) => (hasToken(req, deviceToken) ? next() : refuse(res, 401)));
  return router.use(
    answersScans(
      (scan) => orFire(scan, answerScan({ ...scan, askedBy: 'scanner' }, judge)),
      () => judge.position.place(),
    ),
    annulsScans(judge),
  );
}

function annulsScans(judge: Judge): Router {
  const router = Router();
  router.post('/annulments', express.json({ limit: '4kb' }), (req, res) => {
    const key = z.object(keyShape).safeParse(req.body);
    if (!key.success) return refuse(res, 400);
    const end = judge.scans.annul(key.data, Date.now());
    if (end === 'annulled') judge.annulled();
    res
      .status(end === 'unwritten' ? 503 : 200)
      .json(end === 'annulled' ? { annulled: true } : { annulled: false, reason: end });
  });
  return router.use(
    '/annulments',
    refused((res, status) => refuse(res, status)),
  );
}

/** Reads what is asked and sends what is answered. Who asks was looked at before. */
export function answersScans(answer: (scan: AskedScan) => Answered, place?: () => GatePlace | undefined): Router {
  const router = Router();
  router.post('/scan', express.json({ limit: '4kb' }), (req, res) => {
    const request = scanShape.safeParse(req.body);
    if (!request.success) return refuse(res, 400);
    const { device, credential, direction, nonce } = request.data;
    const { document, ...shown } = credential;
    const scan = { device, nonce, direction, credential: document === undefined ? shown : { ...shown, document } };
    send(res, 200, answer(scan), place?.());
  });
  return router.use(
    '/scan',
    refused((res, status) => refuse(res, status)),
  );
}

const refuse = (res: Response, status: number): void => send(res, status, refusal('error'));

function send(res: Response, status: number, { open, reason, party, notes }: Answered, place?: GatePlace): void {
  const told = notes.map((note) => ({ kind: note.kind, message: noteSentences(note, place) }));
  res.status(status).json({ open, reason, message: sentences(reason), party, notes: told });
}

/** The sentence of a reason code in every language: the visitor's and the guard's may differ. */
export const sentences = (reason: string): Record<Language, string> =>
  Object.fromEntries(languages.map((language) => [language, translator(language)(`reason.${reason}`)])) as Record<
    Language,
    string
  >;
