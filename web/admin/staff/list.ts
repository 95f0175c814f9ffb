import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { staffRoles } from '../../../domain/staff-role.ts';
import { searchWord } from '../../../domain/text.ts';
import { allDepartments } from '../../../store/content/content.ts';
import { listStaff, type StaffFilter } from '../../../store/staff/account.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { isUuid } from '../../is-uuid.ts';

const pageLength = 50;
const filterQuery = z.object({
  state: z.enum(['active', 'left']).optional().catch(undefined),
  role: z.enum(staffRoles).optional().catch(undefined),
  department: z.string().refine(isUuid).optional().catch(undefined),
  after: z.string().refine(isUuid).optional().catch(undefined),
});

/** `/admin/staff`: accounts by user name; those in service, of a role, of a department. */
export function listAccounts(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { after, ...chosen } = filterQuery.parse(req.query);
    const { state, role, department } = chosen;
    const filter = { left: state === 'left', ...(role && { role }), ...(department && { department }) };
    await show(deps, res, { filter, chosen, term: '', ...(after && { after }) });
  };
}

/** By a part of the name or of the user name: posted, since a name belongs in no address. */
export function searchAccounts(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const term = searchWord(textOf(req.body, 'term')).replaceAll('\0', '').slice(0, 60);
    const after = textOf(req.body, 'after');
    const left = textOf(req.body, 'state') === 'left';
    if (term === '') return res.redirect(303, '/admin/staff');
    const chosen = left ? { state: 'left' } : {};
    await show(deps, res, { filter: { left, term }, chosen, term, ...(isUuid(after) && { after }) });
  };
}

interface Shown {
  filter: StaffFilter;
  chosen: Record<string, string | undefined>;
  term: string;
  after?: string;
}

async function show({ db }: WebDeps, res: Response, { filter, chosen, term, after }: Shown): Promise<void> {
  const [found, departments] = await Promise.all([
    listStaff(db, filter, { limit: pageLength, ...(after && { after }) }),
    allDepartments(db),
  ]);
  const kept = Object.entries(chosen).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const { next } = found;
  res.locals.path = '/admin/staff';
  res.render('admin/staff/list', {
    lines: found.lines,
    next,
    nextQuery: next && !term ? new URLSearchParams([...kept, ['after', next]]).toString() : undefined,
    chosen: Object.fromEntries(kept),
    term,
    roles: staffRoles,
    departments,
  });
}
