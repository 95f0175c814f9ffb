import { randomUUID } from 'node:crypto';
import express, { type Response, Router } from 'express';
import { z } from 'zod';
import { readGateCode } from '../../domain/gate-code.ts';
import { handReasons } from '../../domain/hand-entry.ts';
import type { KnownPass } from '../../domain/known-pass.ts';
import { maskName, maskPlate } from '../../domain/masking.ts';
import { normalisePlate } from '../../domain/plate.ts';
import { day, dayOf, shortTimeRange, startOfDay } from '../../domain/time.ts';
import type { Judge } from '../answer-scan.ts';
import { signedIn } from './guard.ts';
import type { ConsoleSessions } from './sessions.ts';

/**
 * `/today`: who may come today and who came in here, out of what the gate knows by itself. Names and plates are masked, so what is
 * typed is masked too and then compared; the end of a phone number tells two people of one name apart.
 */
export function todayRoutes({ judge, sessions }: { judge: Judge; sessions: ConsoleSessions }): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 4 });
  router.get('/today', signedIn(sessions), (_req, res) => render(res, judge, ''));
  // Posted, since what is searched for is personal. Loading an answer's page anew asks for nothing.
  router.get('/today/searches', (_req, res) => res.redirect(303, '/today'));
  router.post('/today/searches', signedIn(sessions), form, (req, res) => {
    render(res, judge, z.object({ sought: z.string().trim().max(60) }).safeParse(req.body).data?.sought ?? '');
  });
  return router;
}

/** A gate shows at most so many; a search looks through all of them. */
const mostKnown = 5_000;
const mostShown = 200;

/** Whose pass lasts within this day, in Shanghai. */
export function expected({ passes, disk }: Judge, now = Date.now()): KnownPass[] {
  const from = startOfDay(dayOf(now)).getTime();
  return disk.read(
    () => passes.between(from, from + day, mostKnown),
    () => [],
  );
}

function render(res: Response, judge: Judge, sought: string): void {
  const known = expected(judge);
  const found = sought === '' ? known : known.filter((pass) => fits(pass, sought, judge));
  const people = found.slice(0, mostShown).map((pass) => ({
    ...pass,
    nonce: randomUUID(),
    window: shortTimeRange(pass.from ?? 0, pass.until),
    seen: judge.scans.lastSeen(pass.reservation, pass.ordinal),
  }));
  res.render('today', {
    sought,
    handReasons,
    people,
    more: found.length - people.length,
    known: known.length,
    inside: known.filter(({ reservation, ordinal }) => judge.scans.lastSeen(reservation, ordinal) === 'in').length,
  });
}

/** By gate code, by the end of a phone number, by name or by plate. */
function fits({ reservation, ordinal, guard }: KnownPass, sought: string, { passes, disk }: Judge): boolean {
  if (!guard) return false;
  if (guard.name === maskName(sought) || guard.name === sought) return true;
  if (/^\d{4}$/.test(sought) && guard.phoneTail === sought) return true;
  if (guard.plate !== undefined && guard.plate === maskPlate(normalisePlate(sought))) return true;
  const code = readGateCode(sought);
  if (code === undefined) return false;
  const byCode = disk.read(
    () => passes.findByCode(code),
    () => [],
  );
  return byCode.some((pass) => pass.reservation === reservation && pass.ordinal === ordinal);
}
