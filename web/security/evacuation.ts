import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { findTextProblem, normaliseLine } from '../../domain/text.ts';
import { minute } from '../../domain/time.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { allCampuses, allDepartments, allGates, type Department } from '../../store/content/content.ts';
import {
  addMarks,
  beginEvacuation,
  type Evacuation,
  findEvacuation,
  keyOf,
  marksOf,
  type NewMark,
  type SafeMark,
  type Sought,
  soughtIn,
} from '../../store/office/evacuation.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { onceWithin } from '../staff/once.ts';
import { recordAct } from '../staff/recording.ts';

/**
 * An evacuation: everybody who is inside with whole names and phones, by campus, building and host, on paper and on every tablet of the
 * desk. Each person is marked once they are found. A tablet without a network keeps its marks and sends them later.
 */

/** `POST /security/evacuations`: the button. Who presses it later comes to the same list. */
export function startEvacuation(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { evacuation } = await deps.db.transaction(async (trx) => {
      const begun = await beginEvacuation(trx, deps.cipher, { id: randomUUID(), staff: whoIs(res).id });
      const detail = { evacuation: begun.evacuation };
      const subject = { kind: 'list', id: 'security' } as const;
      if (begun.isNew) await recordAct(deps, req, res, { action: 'evacuation_begun', subject, detail }, trx);
      return begun;
    });
    res.redirect(303, `/security/evacuations/${evacuation}`);
  };
}

export function showEvacuation(deps: WebDeps): RequestHandler {
  const firstLook = onceWithin(10 * minute);
  return async (req, res) => {
    const evacuation = await evacuationOf(deps, req, res);
    const staff = whoIs(res);
    const people = await soughtIn(deps.db, deps.cipher, staff.id, evacuation.id);
    if (firstLook(`${staff.id} ${evacuation.id}`)) await recordLook(deps, req, res, evacuation.id, people.length);
    await render(deps, res, evacuation, people);
  };
}

/** `POST /security/evacuations/:id/marks`: one person by a form, or what a tablet has kept, as JSON in `marks`. */
export function markSafe(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const evacuation = await evacuationOf(deps, req, res);
    const byScript = textOf(req.body, 'marks') !== '';
    const told = byScript ? readKept(textOf(req.body, 'marks')) : [readForm(req)];
    const staff = whoIs(res).id;
    const sought = new Set((await soughtIn(deps.db, deps.cipher, staff, evacuation.id)).map(keyOf));
    const marks = told.filter((mark) => sought.has(keyOf(mark)));
    if (!byScript && marks.length === 0) throw notFound();
    await deps.db.transaction(async (trx) => {
      const added = await addMarks(trx, { evacuation: evacuation.id, staff, marks });
      if (added === 0) return;
      const detail = { evacuation: evacuation.id, marked: added };
      await recordAct(
        deps,
        req,
        res,
        { action: 'evacuation_marked', subject: { kind: 'list', id: 'security' }, detail },
        trx,
      );
    });
    if (!byScript) return res.redirect(303, `/security/evacuations/${evacuation.id}`);
    const safe = (await marksOf(deps.db, evacuation.id)).filter((mark) => sought.has(keyOf(mark)));
    res.json({ safe: safe.map((mark) => ({ person: keyOf(mark), words: wordsOf(res, mark) })) });
  };
}

/** @throws AppError 404 */
async function evacuationOf({ db }: WebDeps, req: Request, res: Response): Promise<Evacuation> {
  const { id } = req.params;
  const evacuation = isUuid(id) ? await findEvacuation(db, whoIs(res).id, id) : undefined;
  if (!evacuation) throw notFound();
  return evacuation;
}

const longestPlace = 40;
const person = z.string().regex(/^[0-9a-f-]{36}\/\d{1,5}$/);
const keptMark = z.object({ id: z.uuid(), person, place: z.string(), at: z.number().int().positive().max(8.64e15) });
const kept = z.array(keptMark).max(100);

/** @throws AppError 400 for what no page of ours sends */
function readKept(text: string): NewMark[] {
  try {
    return kept.parse(JSON.parse(text)).map(readMark);
  } catch {
    throw new AppError('bad_request', { status: 400 });
  }
}

/** @throws AppError 400 for what no page of ours sends */
function readForm(req: Request): NewMark {
  const form = { id: textOf(req.body, 'key'), person: textOf(req.body, 'person'), place: '', at: Date.now() };
  const read = keptMark.safeParse(form);
  if (!read.success) throw new AppError('bad_request', { status: 400 });
  return readMark(read.data);
}

/** Words that cannot be kept are left out: somebody was found all the same. */
function readMark({ id, person, place, at }: z.infer<typeof keptMark>): NewMark {
  const [reservation = '', ordinal] = person.split('/');
  const line = normaliseLine(place);
  const wrong = findTextProblem(line, { max: longestPlace, required: false });
  return { id, reservation, ordinal: Number(ordinal), place: wrong ? '' : line, at: new Date(at) };
}

const wordsOf = ({ locals: { t, format } }: Response, { at, by, place }: SafeMark): string =>
  [t('evacuation.safe'), format.time(at), by, place].filter(Boolean).join(' · ');

const recordLook = (deps: WebDeps, req: Request, res: Response, evacuation: string, found: number) =>
  recordAct(deps, req, res, {
    action: 'evacuation_listed',
    subject: { kind: 'list', id: 'security' },
    detail: { evacuation, found },
  });

async function render(deps: WebDeps, res: Response, evacuation: Evacuation, people: Sought[]): Promise<void> {
  const [campuses, departments, gates] = await Promise.all([
    allCampuses(deps.db),
    allDepartments(deps.db),
    allGates(deps.db),
  ]);
  const { format } = res.locals;
  const unknown = new Set(people.filter(({ exitsRecorded }) => !exitsRecorded).map(({ campus }) => campus));
  const nameIn = (rows: { id: string; name: Department['name'] }[], wanted: string) => {
    const name = rows.find(({ id }) => id === wanted)?.name;
    return name ? format.name(name) : '';
  };
  const houseOf = ({ campus, department }: Sought): string => {
    const building = departments.find(({ id }) => id === department)?.building;
    const words = [nameIn(campuses, campus), building && format.name(building), nameIn(departments, department)];
    return words.filter(Boolean).join(' · ');
  };
  const groups = Map.groupBy(
    people.toSorted((a, b) => (a.host ?? '').localeCompare(b.host ?? '', 'zh')),
    houseOf,
  );
  res.locals.path = `/security/evacuations/${evacuation.id}`;
  res.set('Cache-Control', 'no-store');
  res.render('security/evacuation', {
    evacuation,
    groups: [...groups]
      .toSorted(([a], [b]) => a.localeCompare(b, 'zh'))
      .map(([house, its]) => ({
        house,
        people: its.map((one) => ({
          ...one,
          key: keyOf(one),
          gateName: nameIn(gates, one.gate),
          found: one.safe && wordsOf(res, one.safe),
        })),
      })),
    count: people.length,
    missing: people.filter(({ safe, hasLeft }) => !safe && !hasLeft).length,
    withoutExits: campuses.filter(({ id }) => unknown.has(id)).map(({ name }) => name),
    newKey: randomUUID,
    at: new Date(),
    reader: whoIs(res).name,
  });
}
