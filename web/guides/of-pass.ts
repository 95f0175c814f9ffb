import type { Knex } from 'knex';
import type { Language } from '../../platform/i18n.ts';
import { allCampuses, allDepartments, allGates } from '../../store/content/content.ts';
import type { Pass } from '../../store/passes/pass.ts';
import { departmentOfPass } from '../../store/passes/shown-with-pass.ts';
import { type Destination, type Section, sectionOf } from './section.ts';
import { kindOf } from './topics.ts';

/** The tab of a pass: for its campus, its gates and the department it leads to. An unknown tab is the first. */
export async function guideOfPass(db: Knex, pass: Pass, language: Language, tab: unknown): Promise<Section> {
  const own = `/passes/${pass.id}`;
  return sectionOf(db, await destinationOfPass(db, pass), {
    kind: kindOf(tab) ?? 'must_read',
    language,
    address: { href: `${own}?tab={topic}#guide`, part: `${own}/guide?tab={topic}` },
  });
}

export async function destinationOfPass(db: Knex, pass: Pass): Promise<Destination> {
  const [campuses, gates, departments, wanted] = await Promise.all([
    allCampuses(db),
    allGates(db),
    allDepartments(db),
    departmentOfPass(db, pass),
  ]);
  const department = departments.find(({ id }) => id === wanted);
  return {
    campus: campuses.find(({ id }) => id === pass.campus),
    gates: gates.filter((gate) => gate.campus === pass.campus && !gate.retiredAt),
    ...(department && { department }),
  };
}
