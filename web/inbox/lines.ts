import { behalfOf } from '../../store/approval/behalf.ts';
import type { TaskLine } from '../../store/approval/task-line.ts';
import { allCampuses, allDepartments, allReasons } from '../../store/content/content.ts';
import { remarkableIn } from '../../store/reservations/masked-person.ts';
import type { WebDeps } from '../deps.ts';
import { untilDeadline } from './deadline.ts';
import { addressOf, type ChosenView } from './view.ts';

/**
 * Lines of the inbox with the names of places and reasons, and of those for whom `staff` would act, as a list draws them. `view`
 * stays beside the task that is opened.
 */
export async function nameLines(deps: WebDeps, staff: string, lines: TaskLine[], view?: ChosenView) {
  const { db, reads, cipher } = deps;
  const [campuses, departments, reasons, behalf, remarkable] = await Promise.all([
    allCampuses(db),
    allDepartments(db),
    allReasons(db),
    behalfOf(
      deps,
      staff,
      lines.map(({ id }) => id),
    ),
    remarkableIn(
      reads,
      cipher,
      lines.map(({ submission }) => submission),
    ),
  ]);
  const now = new Date();
  return lines.map((line) => ({
    ...line,
    href: `/inbox/${line.id}${view ? addressOf(view) : ''}`,
    campusName: campuses.find(({ id }) => id === line.campus)?.name,
    departmentName: departments.find(({ id }) => id === line.department)?.name,
    reasonName: reasons.find(({ id }) => id === line.reason)?.name,
    behalf: behalf.get(line.id),
    left: untilDeadline(line.decideBy, now),
    remarkable: remarkable.get(line.submission),
  }));
}
