import type { Background } from '../../store/approval/background.ts';
import type { Localized } from '../../store/content/content-cache.ts';
import type { MaskedPerson } from '../../store/reservations/masked-person.ts';

interface Names {
  people: MaskedPerson[];
  campuses: { id: string; name: Localized }[];
  departments: { id: string; name: Localized }[];
}

/** With the names that the task's page shows. */
export function nameBackground({ earlier, elsewhere, places }: Background, { people, campuses, departments }: Names) {
  const nameOf = (ordinal: number) => people.find((person) => person.ordinal === ordinal)?.name ?? '';
  return {
    earlier: earlier.map((one) => ({ ...one, name: nameOf(one.ordinal) })),
    elsewhere: elsewhere.map((one) => ({
      ...one,
      name: nameOf(one.ordinal),
      campusName: campuses.find(({ id }) => id === one.campus)?.name,
      departmentName: departments.find(({ id }) => id === one.department)?.name,
    })),
    places,
  };
}
