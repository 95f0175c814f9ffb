import { z } from 'zod';
import { allCampuses, allDepartments } from '../../store/content/content.ts';
import { operation } from './operation.ts';
import { localized, name, said } from './schemas.ts';

const department = name(
  'Department',
  z.object({
    id: z.uuid(),
    name: localized,
    parent: said('department.parent', z.uuid().nullable()),
    campus: said('department.campus', z.uuid()),
    receives: said('department.receives', z.boolean()),
  }),
);

/** Those that are open, as an office keeps them. */
export const listDepartments = operation({
  id: 'listDepartments',
  method: 'get',
  path: '/departments',
  scope: 'departments:read',
  answer: name(
    'DepartmentList',
    z.object({
      departments: z.array(department),
      campuses: z.array(name('Campus', z.object({ id: z.uuid(), name: localized }))),
    }),
  ),
  async handle({ deps: { db }, by }) {
    const [departments, campuses] = await Promise.all([allDepartments(db), allCampuses(db)]);
    const seen = departments.filter(({ id, closedAt }) => !closedAt && (by.departments?.includes(id) ?? true));
    return {
      answer: {
        departments: seen.map((one) => ({ ...one, receives: one.receives && one.attended })),
        campuses: campuses.filter(({ id }) => seen.some(({ campus }) => campus === id)),
      },
      detail: { found: seen.length },
    };
  },
});
