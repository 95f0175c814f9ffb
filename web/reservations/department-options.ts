import { searchWord } from '../../domain/text.ts';
import type { Language } from '../../platform/i18n.ts';
import type { Department } from '../../store/content/content.ts';
import type { Choices } from './choices.ts';

/** The tree of departments as one native select: groups are headings, what lies deeper is set in. */

export interface DepartmentGroup {
  /** '学院', '学院 / 工科'; with the campus before it where there are several. */
  label: string;
  campus: string;
  options: DepartmentOption[];
}
export interface DepartmentOption {
  value: string;
  label: string;
  /** What a search finds besides the label: the other language's name, the building. */
  words: string;
  department: Department;
}

/** An ideographic space: a browser keeps it where it drops others. */
const indent = '\u3000';

export function departmentGroups(choices: Choices, language: Language, search = ''): DepartmentGroup[] {
  const offered = new Set(choices.departments);
  const groups: DepartmentGroup[] = [];
  const several = choices.campuses.length > 1;

  const walk = (parent: string | null, group: DepartmentGroup, depth: number) => {
    for (const one of choices.tree) {
      if (one.parent !== parent || one.campus !== group.campus) continue;
      if (one.receives) {
        if (offered.has(one)) group.options.push(optionOf(one, language, depth));
        // Closed or not, what lies below it stands by itself.
        walk(one.id, group, depth + 1);
        continue;
      }
      const own = { label: pathOf(group.label, one.name[language]), campus: group.campus, options: [] };
      groups.push(own);
      walk(one.id, own, 0);
    }
  };
  for (const campus of choices.campuses) {
    const top = { label: several ? campus.name[language] : '', campus: campus.id, options: [] };
    groups.push(top);
    walk(null, top, 0);
  }
  return groups
    .map((group) => ({ ...group, options: group.options.filter((option) => isFound(option, group.label, search)) }))
    .filter(({ options }) => options.length > 0);
}

const pathOf = (above: string, name: string): string => (above ? `${above} / ${name}` : name);

function optionOf(department: Department, language: Language, depth: number): DepartmentOption {
  const { name, building } = department;
  const other = language === 'en' ? name['zh-CN'] : name.en;
  const words = [other, building?.[language]].filter(Boolean).join(' ');
  return { value: department.id, label: indent.repeat(depth) + name[language], words, department };
}

/** Every word of the search, wherever it stands; the same rule is in public/choosing.js. */
function isFound({ label, words }: DepartmentOption, group: string, search: string): boolean {
  const text = searchWord(`${group} ${label} ${words}`);
  return searchWord(search)
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** What a search leaves to choose from; the one department that is left is chosen. */
export function searchDepartments(
  choices: Choices,
  language: Language,
  texts: { department: string; department_search: string },
): { found: number; chosen: string } {
  const groups = departmentGroups(choices, language, texts.department_search);
  const values = groups.flatMap(({ options }) => options.map(({ value }) => value));
  const [only] = values.length === 1 ? values : [];
  const stays = values.includes(texts.department) ? texts.department : '';
  return { found: values.length, chosen: only ?? stays };
}
