import { type DocumentType, documentTypes } from '../../domain/identity-number.ts';
import { normaliseIdentifier, normaliseLine, searchWord } from '../../domain/text.ts';
import { AppError } from '../../platform/errors.ts';
import { type Translate, translator } from '../../platform/i18n.ts';
import type { SheetShape } from '../sheets/headings.ts';
import { type SheetRow as Row, writeBook } from '../sheets/sheet.ts';

/** A group as a spreadsheet: its columns, and what people write into them. */

export const columns = [
  'name',
  'phone',
  'document_type',
  'document_number',
  'nationality',
  'sex',
  'birth_day',
  'unit',
] as const;
type Column = (typeof columns)[number];
export type SheetRow = Row<Column>;

const words = { 'zh-CN': translator('zh-CN'), en: translator('en') };

const usual: Record<Column, string> = {
  name: '姓名 名字 访客 访客姓名 来访人 来访人姓名 来访人员 来访人员姓名 人员姓名 name fullname visitor',
  phone:
    '手机 手机号 手机号码 电话 电话号码 联系电话 联系方式 联系手机 移动电话 phone mobile tel phonenumber mobilenumber',
  document_type: '证件类型 证件种类 证件类别 证件名称 documenttype typeofdocument idtype',
  document_number:
    '证件号 证件号码 证件编号 身份证 身份证号 身份证号码 身份证件号 身份证件号码 居民身份证 居民身份证号 居民身份证号码 ' +
    '公民身份号码 公民身份证号码 护照号 护照号码 idnumber idno documentnumber documentno passportnumber passportno',
  nationality: '国籍 国籍代码 国籍地区 国别 国家 国家地区 nationality country',
  sex: '性别 sex gender',
  birth_day: '出生日期 出生年月日 生日 出生 dateofbirth birthdate birthday dob',
  unit: '单位 工作单位 所在单位 来访单位 单位名称 公司 公司名称 学校 unit organisation organization company employer',
};

/** A list as departments have it, and our own template in either language. */
export const shape: SheetShape<Column> = {
  headings: Object.fromEntries(
    columns.map((column) => [
      column,
      [...usual[column].split(' '), ...Object.values(words).map((say) => say(`group.column.${column}`))],
    ]),
  ) as unknown as Record<Column, string[]>,
  needed: ['name', 'document_number'],
  days: ['birth_day'],
};

/** The rows of people; the template's example is nobody. */
export const withoutExamples = <Any extends { name: string }>(rows: Any[]): Any[] =>
  rows.filter(({ name }) => !Object.values(words).some((say) => say('group.example_name') === name));

export const sexOf = (text: string): 'male' | 'female' | '' =>
  /^(?:男|男性|先生|male|m)$/i.test(text) ? 'male' : /^(?:女|女性|女士|female|f)$/i.test(text) ? 'female' : '';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * A day as people and their spreadsheets write it, as 'YYYY-MM-DD': 1990-03-07, 1990/3/7, 1990.3.7, 1990年3月7日, 19900307,
 * 7-Mar-1990, March 7, 1990, with or without a time or a weekday behind it.
 * A text that may mean two days – 3/7/90, 03/07/1990 – stays as it is, and is refused.
 */
export function birthDayOf(text: string): string {
  const plain = normaliseLine(text).replace(/(?:[ T]\d{1,2}:\d{2}.*| ?\(?(?:星期|周).\)?)$/u, '');
  const parts =
    /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号.]?$/u.exec(plain) ??
    /^(\d{4})(\d{2})(\d{2})$/.exec(plain);
  const named =
    /^(?<date>\d{1,2})[-/ ](?<month>[a-z]{3})[a-z]*[-/, ]+(?<year>\d{4})$/i.exec(plain) ??
    /^(?<month>[a-z]{3})[a-z]* (?<date>\d{1,2}),? (?<year>\d{4})$/i.exec(plain);
  const month = months.indexOf(named?.groups?.month?.toLowerCase() ?? '') + 1;
  const [year, monthText = '', date = ''] =
    parts?.slice(1) ?? (month > 0 ? [named?.groups?.year, String(month), named?.groups?.date] : []);
  return year ? `${year}-${monthText.padStart(2, '0')}-${date.padStart(2, '0')}` : text;
}

/** What the page sent back of a sheet. @throws AppError 400 */
export function readLines(text: string): string[][] {
  try {
    const lines: unknown = JSON.parse(text);
    if (Array.isArray(lines) && lines.length <= 1_000) {
      return lines.map((line) => (Array.isArray(line) ? line.slice(0, columns.length + 1).map(String) : []));
    }
  } catch {
    // Falls through: it is not what our page sent.
  }
  throw new AppError('bad_request', { status: 400 });
}

/** A whole file with headings in the reader's language. */
export function writeSheet(t: Translate, rows: string[][], more: { headings: string[]; notes?: string[] }): Buffer {
  return writeBook({
    name: t('group.sheet'),
    headings: [...columns.map((name) => t(`group.column.${name}`)), ...more.headings],
    rows,
    isTemplate: more.notes !== undefined,
    notes: more.notes && { name: t('group.notes_sheet'), lines: more.notes },
  });
}

const otherWords: Record<DocumentType, string> = {
  resident_id:
    '居民身份证 二代身份证 第二代身份证 二代居民身份证 二代证 身份证号 身份证号码 中国居民身份证 中国身份证 id idcard residentid chineseid',
  passport: '中国护照 外国护照 普通护照 因私护照 因公护照 护照号 护照号码',
  hm_permit: '回乡证 港澳通行证 港澳居民通行证 港澳来往内地通行证 港澳居民来往内地通行证',
  taiwan_permit: '台胞证 台湾通行证 台湾居民通行证 台湾居民来往大陆通行证',
  hmt_residence: '港澳台居住证 港澳台居民居住证 港澳居民居住证 台湾居民居住证',
  foreign_permanent: '外国人永久居留身份证 外国人永久居留证 永久居留证 永居证 外国人居留证',
  other: '其他 其它 其他证件 其它证件',
};

/**
 * The documents as the column takes them: the words of either language, our own, or what people call them. Where it says
 * nothing, a number as long as a resident ID's is one.
 */
export function documentTypeOf(text: string, number: string): DocumentType | '' {
  const plain = (word: string) => searchWord(word).replace(/[\s_-]/g, '');
  if (text.trim() === '') return /^\d{15,}/.test(normaliseIdentifier(number)) ? typeOfNumber(number) : '';
  const isCalled = (type: DocumentType) =>
    [type, ...Object.values(words).map((say) => say(`person.${type}`)), ...otherWords[type].split(' ')].some(
      (word) => plain(word) === plain(text),
    );
  return documentTypes.find(isCalled) ?? '';
}

const typeOfNumber = (number: string): DocumentType =>
  /^8[123]0000/.test(normaliseIdentifier(number)) ? 'hmt_residence' : 'resident_id';
