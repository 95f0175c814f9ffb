import { z } from 'zod';
import { channels, outcomes, stages } from '../../domain/reservation.ts';
import { findVisit, listVisits, type ReadVisit, visitPeople } from '../../store/api/visit.ts';
import { isUuid } from '../is-uuid.ts';
import { operation } from './operation.ts';
import { ApiProblem } from './problem.ts';
import { askedInstant, badCursor, cursorOf, instant, lastOf, name, next, paging, said } from './schemas.ts';

const stage = z.enum(stages);
const facts = {
  id: z.uuid(),
  stage: said('visit.stage', stage),
  outcome: said('visit.outcome', z.enum(outcomes).nullable()),
  channel: said('visit.channel', z.enum(channels)),
  campus: z.uuid(),
  department: z.uuid(),
  from: said('visit.from', instant),
  until: said('visit.until', instant),
  persons: said('visit.persons', z.int()),
  enteredAt: said('visit.entered_at', instant.nullable()),
  inside: said('visit.inside', z.int()),
  createdAt: instant,
  changedAt: instant,
};

export const person = name(
  'VisitPerson',
  z.object({
    ordinal: said('person.ordinal', z.int()),
    name: z.string(),
    phone: said('person.phone', z.string().nullable()),
    organisation: said('person.organisation', z.string().nullable()),
    plate: said('person.plate', z.string().nullable()),
  }),
);

const written = (visit: ReadVisit) => ({
  ...visit,
  from: visit.from.toISOString(),
  until: visit.until.toISOString(),
  enteredAt: visit.enteredAt?.toISOString() ?? null,
  createdAt: visit.createdAt.toISOString(),
  changedAt: visit.changedAt.toISOString(),
});

/** Never a person: who comes is asked visit by visit. */
export const listVisitsOperation = operation({
  id: 'listVisits',
  method: 'get',
  path: '/visits',
  scope: 'visits:read',
  query: z.strictObject({
    ...paging,
    department: said('visit.asked_department', z.uuid()).optional(),
    stage: said('visit.asked_stage', stage).optional(),
    after: said('visit.asked_after', askedInstant).optional(),
    before: said('visit.asked_before', askedInstant).optional(),
  }),
  answer: name('VisitList', z.object({ visits: z.array(name('Visit', z.object(facts))), next })),
  async handle({ deps: { db }, by }, { query }) {
    const below = lastOf(query.cursor);
    if (below !== undefined && !isUuid(below)) throw badCursor();
    const { department } = query;
    const departments = department
      ? (by.departments?.includes(department) ?? true)
        ? [department]
        : []
      : by.departments;
    const found = await listVisits(
      db,
      {
        departments,
        stage: query.stage,
        after: query.after === undefined ? undefined : new Date(query.after),
        before: query.before === undefined ? undefined : new Date(query.before),
      },
      { limit: query.limit, below },
    );
    return {
      answer: { visits: found.visits.map(written), next: cursorOf(found.next) },
      detail: { found: found.visits.length },
    };
  },
});

/** With a scope of its own, who comes. */
export const getVisit = operation({
  id: 'getVisit',
  method: 'get',
  path: '/visits/{id}',
  scope: 'visits:read',
  params: z.object({ id: said('visit.id', z.uuid()) }),
  answer: name('VisitWithPeople', z.object({ ...facts, people: said('visit.people', z.array(person)).optional() })),
  async handle({ deps: { db, cipher }, by }, { params: { id } }) {
    const visit = await findVisit(db, id, by);
    if (!visit) throw new ApiProblem('not_found');
    const personal = by.key.scopes.includes('visits:personal');
    const people = personal ? await visitPeople(db, cipher, id) : undefined;
    return {
      answer: { ...written(visit), ...(people && { people }) },
      subject: { kind: 'reservation', id },
      detail: { personal },
    };
  },
});
