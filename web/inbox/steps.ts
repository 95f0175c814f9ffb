import { type DrawnSeat, drawnSteps } from '../../store/approval/step-drawing.ts';
import { allDepartments } from '../../store/content/content.ts';
import { staffNames } from '../../store/staff/staff.ts';
import type { WebDeps } from '../deps.ts';

/** The steps of a task's approval with the names of people and departments, and which of them the task is in. */
export async function stepsOf({ db }: Pick<WebDeps, 'db'>, { id, submission }: { id: string; submission: string }) {
  const steps = await drawnSteps(db, submission);
  if (steps.length === 0) return [];
  const everybody = steps.flatMap(({ seats }) =>
    seats.flatMap(({ people, by, behalf }) => [...(people ?? []), by, behalf]),
  );
  const [departments, names] = await Promise.all([
    allDepartments(db),
    staffNames(
      db,
      everybody.flatMap((person) => person ?? []),
    ),
  ]);
  const named = (person: string) => names.get(person) ?? '';
  const draw = (seat: DrawnSeat) => ({
    ...seat,
    departmentName: departments.find((one) => one.id === seat.department)?.name,
    people: seat.people?.map(named) ?? null,
    by: seat.by && named(seat.by),
    behalf: seat.behalf && named(seat.behalf),
  });
  return steps.map(({ seats, ...step }) => ({
    ...step,
    here: seats.some(({ task }) => task === id),
    seats: seats.map(draw),
  }));
}
