import { utils, write } from '@e965/xlsx';
import { bigPng, brokenPhotos, noise } from '../photographs.ts';
import type { BadForm } from './form.ts';
import { aDocument, forgetTries, uploadTo, visitorAt } from './ground.ts';
import type { BadClass, FieldRule } from './values.ts';

/** Every form that takes a file: photographs and the spreadsheet of a group. */

const classOfPhoto: Record<string, BadClass> = {
  'field.photo_empty': 'empty',
  'field.photo_format': 'another format',
  'field.photo_heic': 'another format',
  'field.photo_broken': 'broken',
  'field.photo_small': 'too small',
  'field.photo_large': 'too large',
};

const photo = (kind: 'document' | 'face'): BadForm => ({
  name: kind === 'face' ? '人脸' : '证件照片',
  async open(system) {
    const { visitor } = await visitorAt(system, '/');
    const broken = await brokenPhotos();
    const files = [
      ...broken.map(({ bytes, problem }) => ({ class: classOfPhoto[problem] ?? 'broken', bytes })),
      { class: 'a bomb' as const, bytes: bigPng(20_000, 20_000) },
    ];
    const notice = (await visitor.page('/profile/photos'))(`#${kind} [name=notice]`).attr('value');
    const rule: FieldRule = { kind: 'file', at: `file-${kind}`, files };
    // A face goes with the text that was read.
    const agreement: Record<string, FieldRule> = notice === undefined ? {} : { notice: { kind: 'id' } };
    return {
      send: uploadTo(visitor, `/profile/photos/${kind}`, 'photo.jpg'),
      good: { ...(notice === undefined ? {} : { notice }), photo: await noise(400, 500) },
      fields: { photo: rule, ...agreement },
      before: () => forgetTries(system),
    };
  },
});

const headings = '姓名,手机号,证件类型,证件号';
const sheetOf = (...lines: string[]) => Buffer.from([headings, ...lines].join('\n'));
const person = (name = '周奶奶', document = aDocument(), phone = '') => `${name},${phone},身份证,${document}`;

/** Not a spreadsheet at all. */
const strangeSheets = (): FieldRule['files'] => {
  const book = write({ SheetNames: ['a'], Sheets: { a: utils.aoa_to_sheet([['x']]) } }, { type: 'buffer' }) as Buffer;
  return [
    { class: 'empty', bytes: Buffer.alloc(0) },
    { class: 'empty', bytes: sheetOf() },
    { class: 'NUL', bytes: Buffer.from('a\0b') },
    { class: 'broken', bytes: book.subarray(0, book.length / 2) },
    { class: 'another format', bytes: Buffer.from('\x89PNG\r\n\x1a\n\0\0', 'latin1') },
    { class: 'too large', bytes: Buffer.alloc(1024 * 1024 + 1, 'a') },
    { class: 'too large', bytes: Buffer.from(`${headings}${','.repeat(60)}\n${person()}${',x'.repeat(60)}`) },
    { class: 'too long', bytes: sheetOf(...Array.from({ length: 201 }, () => person())) },
  ];
};

/** A spreadsheet, but one row of it cannot be taken: nobody comes in. */
const wrongRows = (): FieldRule['files'] => {
  const twice = person();
  const rows: [BadClass, string][] = [
    ['markup', person('"<b data-bad-input>"')],
    ['SQL', person(`"'); DROP TABLE visitor;--"`)],
    ['wrong alphabet', person('=CMD()')],
    ['emoji', person('🙂🎓')],
    ['right-to-left marks', person('张\u202e三')],
    ['too long', person('字'.repeat(300))],
    // With a check digit that is another's.
    [
      'unknown id',
      person(
        '周奶奶',
        aDocument().replace(/.$/, (last) => (last === '1' ? '2' : '1')),
      ),
    ],
    ['no such date', '周奶奶,,护照,E00000123,CHN,女,2026-02-30,'],
    ['duplicate', twice],
  ];
  return rows.map(([name, row]) => ({ class: name, bytes: sheetOf(person(), ...(row === twice ? [row] : []), row) }));
};

const group = (name: string, fields: () => Record<string, FieldRule>): BadForm => ({
  name,
  async open(system) {
    const { visitor } = await visitorAt(system, '/');
    const left = await visitor.post('/companions/selection', await visitor.visitForm('official')).expect(303);
    const party = /party=([0-9a-f-]{36})/.exec(String(left.headers.location))?.[1] ?? '';
    const page = await visitor.page(`/companions/group?party=${party}`);
    const declared = page('[name=declared]').attr('value') ?? '';
    return {
      send: uploadTo(visitor, '/companions/group', 'group.csv'),
      good: { party, declared, sheet: sheetOf(person()) },
      fields: fields(),
    };
  },
});

export const uploadForms: BadForm[] = [
  photo('document'),
  photo('face'),
  group('表格导入团队', () => ({
    sheet: { kind: 'file', files: strangeSheets() ?? [] },

    declared: { kind: 'list' },
    party: { kind: 'id' },
  })),
  group('表格导入团队, its rows', () => ({ sheet: { kind: 'file', at: 'rows', files: wrongRows() ?? [] } })),
];
