import type { RequestHandler } from 'express';
import { closedTasks, openTasks } from '../../store/approval/task.ts';
import type { TaskLine } from '../../store/approval/task-line.ts';
import { allCampuses, allDepartments, allReasons } from '../../store/content/content.ts';
import { remarkableIn } from '../../store/reservations/masked-person.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { readRefusals } from '../reservations/refusals.ts';
import { whoIs } from '../staff/guard.ts';
import { untilDeadline } from './deadline.ts';

const pageLength = 50;

/** `/inbox`: the open tasks, the most urgent first, and those decided lately. */
export function showInbox(deps: WebDeps): RequestHandler {
  const { db } = deps;
  return async (req, res) => {
    const staff = whoIs(res).id;
    const after = readCursor(req.query.after);
    const [waiting, decided, campuses, departments, reasons, refused] = await Promise.all([
      openTasks(deps, staff, { limit: pageLength + 1, ...(after && { after }) }),
      after ? [] : closedTasks(deps, staff),
      allCampuses(db),
      allDepartments(db),
      allReasons(db),
      readRefusals(deps, res, { kind: 'staff', id: staff }),
    ]);
    const shown = waiting.slice(0, pageLength);
    const remarkable = await remarkableIn(
      deps.reads,
      deps.cipher,
      shown.map(({ submission }) => submission),
    );
    const now = new Date();
    const named = (line: TaskLine) => ({
      ...line,
      campusName: campuses.find((campus) => campus.id === line.campus)?.name,
      departmentName: departments.find((department) => department.id === line.department)?.name,
      reasonName: reasons.find((reason) => reason.id === line.reason)?.name,
      left: untilDeadline(line.decideBy, now),
      remarkable: remarkable.get(line.submission),
    });
    const last = shown.at(-1);
    res.render('inbox/list', {
      refused,
      waiting: shown.map(named),
      decided: decided.map(named),
      next: waiting.length > pageLength && last ? `${last.decideBy.getTime()}.${last.nudges}.${last.id}` : undefined,
      first: !after,
    });
  };
}

/** `<deadline as epoch ms>.<reminders>.<task id>`; anything else begins at the top. */
function readCursor(value: unknown): { decideBy: Date; nudges: number; id: string } | undefined {
  const text = typeof value === 'string' ? value : '';
  const [, deadline, nudges, id] = /^(\d{1,14})\.(\d{1,4})\.(.+)$/.exec(text) ?? [];
  if (!deadline || !nudges || !isUuid(id)) return undefined;
  return { decideBy: new Date(Number(deadline)), nudges: Number(nudges), id };
}
