import { maskName } from '../../domain/masking.ts';
import { translator } from '../../platform/i18n.ts';
import type { AffectedPerson } from '../../store/incidents/affected-person.ts';
import type { Incident } from '../../store/incidents/touched.ts';
import { figureWords } from './words.ts';

/** What the screen says: counts, then a line a person – visits, covered name, by what – with tabs between. */
export function listOf(incident: Incident, people: AffectedPerson[]): string[] {
  const say = translator('en');
  const having = (is: (person: AffectedPerson) => boolean) => people.filter(is).length;
  const figures = Object.entries(incident.figures) as [keyof typeof figureWords, number][];
  const counts: [number, string][] = [
    [people.length, 'people'],
    [new Set(people.flatMap(({ visits }) => visits)).size, 'visits'],
    [having(({ guardian }) => guardian !== null), 'of them with a guardian, who is told'],
    [having(({ byAnother }) => byAnother), 'of them without a phone of their own: the person who booked is told'],
    [having(({ phone }) => phone === null), 'of them without any phone here: staff, or people whose data is deleted'],
    ...figures.map(([name, count]): [number, string] => [count, figureWords[name]]),
    ...[...new Set(people.flatMap(({ what }) => what))].map((kind): [number, string] => [
      having(({ what }) => what.includes(kind)),
      `${kind}: ${say(`affected.touch.${kind}`)}`,
    ]),
  ];
  return [
    ...counts.map(([count, words]) => `${String(count).padStart(8)}  ${words}`),
    ...people.map(({ id, visits, name, what }) =>
      [visits.join(' ') || id, name === null ? '(deleted)' : maskName(name), what.join(' ')].join('\t'),
    ),
  ];
}
