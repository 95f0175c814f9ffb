import { z } from 'zod';
import { countInside, listInside } from '../../store/api/inside.ts';
import { visitPeople } from '../../store/api/visit.ts';
import { isUuid } from '../is-uuid.ts';
import { operation } from './operation.ts';
import { badCursor, cursorOf, instant, lastOf, name, next, paging, said } from './schemas.ts';
import { person } from './visits.ts';

const personInside = name(
  'PersonInside',
  z.object({
    visit: z.uuid(),
    gate: said('inside.gate', z.string()),
    since: said('inside.since', instant),
    person: said('inside.person', person.nullable()),
  }),
);

/** How many; with a scope of its own, who. Where nobody records exits, whoever came in and whose visit goes on. */
export const readInside = operation({
  id: 'readInside',
  method: 'get',
  path: '/inside',
  scope: 'inside:read',
  query: z.strictObject({ ...paging, campus: said('inside.asked_campus', z.uuid()).optional() }),
  answer: name(
    'Inside',
    z.object({
      at: instant,
      campuses: said('inside.campuses', z.array(name('InsideCount', z.object({ campus: z.uuid(), persons: z.int() })))),
      people: said('inside.people', z.array(personInside)).optional(),
      next: next.optional(),
    }),
  ),
  async handle({ deps: { db, cipher }, by }, { query: { limit, cursor, campus } }) {
    const filter = { departments: by.departments, campus };
    const after = placeOf(cursor);
    const personal = by.key.scopes.includes('visits:personal');
    const [campuses, inside] = await Promise.all([
      countInside(db, filter),
      personal ? listInside(db, filter, { limit, after }) : undefined,
    ]);
    const answer = { at: new Date().toISOString(), campuses };
    if (!inside) return { answer, detail: { personal } };
    const visits = [...new Set(inside.people.map(({ visit }) => visit))];
    const known = new Map(
      await Promise.all(visits.map(async (visit) => [visit, await visitPeople(db, cipher, visit)] as const)),
    );
    const people = inside.people.map(({ visit, ordinal, gate, since }) => ({
      visit,
      gate,
      since: since.toISOString(),
      person: known.get(visit)?.find((one) => one.ordinal === ordinal) ?? null,
    }));
    const last = inside.more ? inside.people.at(-1) : undefined;
    return {
      answer: { ...answer, people, next: cursorOf(last && `${last.visit} ${last.ordinal}`) },
      detail: { personal, found: people.length },
      people: visits,
    };
  },
});

/** @throws ApiProblem */
function placeOf(cursor: string | undefined): { visit: string; ordinal: number } | undefined {
  if (cursor === undefined) return undefined;
  const [visit, ordinal = ''] = (lastOf(cursor) ?? '').split(' ');
  if (!isUuid(visit) || !/^\d{1,5}$/.test(ordinal)) throw badCursor();
  return { visit, ordinal: Number(ordinal) };
}
