import { spreadsheetText } from '../../domain/spreadsheet-text.ts';
import { languages, translator } from '../../platform/i18n.ts';
import type { AffectedPerson } from '../../store/incidents/affected-person.ts';

/** The file for the office that tells people: one line a person, UTF-8 with a mark so that Excel and WPS read it. */

const heading = [
  '来访编号 visits',
  '人员编号 id',
  '姓名 name',
  '手机 phone',
  '手机归属 whose phone',
  '语言 language',
  '监护人 guardian',
  '监护人手机 phone of the guardian',
  '涉及的信息 what',
];

export function sheetOf(people: AffectedPerson[]): string {
  const lines = people.map((person) => [
    person.visits.join(' '),
    person.id,
    person.name ?? '(已删除 deleted)',
    person.phone ?? '',
    person.phone === null ? '' : person.byAnother ? '预约人 the person who booked' : '本人 their own',
    person.language,
    person.guardian?.name ?? '',
    person.guardian?.phone ?? '',
    person.what.map((what) => languages.map((one) => translator(one)(`affected.touch.${what}`)).join(' ')).join('; '),
  ]);
  return `\uFEFF${[heading, ...lines].map((cells) => cells.map(cellOf).join(',')).join('\r\n')}\r\n`;
}

function cellOf(text: string): string {
  const shown = spreadsheetText(text);
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
