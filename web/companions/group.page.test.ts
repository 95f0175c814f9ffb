import { read, utils, write } from '@e965/xlsx';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkDigit } from '../../domain/identity-number.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const documentOf = (n: number) => {
  const number = `110199${1950 + (n % 40)}0101${String((n * 2 + 2) % 1000).padStart(3, '0')}`;
  return number + checkDigit(number);
};
const names = [...'一二三四五六七八九十'];
const linesOf = (count: number) =>
  Array.from({ length: count }, (_, n) => [
    `张${names[n % 10]}${names[((n / 10) % 10) | 0]}`,
    '',
    '身份证',
    documentOf(n),
  ]);
const csv = (lines: string[][]) =>
  ['姓名,手机号,证件类型,证件号,国籍代码,性别,出生日期', ...lines.map((line) => line.join(','))].join('\n');

async function ready(channel: 'personal' | 'official' = 'official') {
  const visitor = new VisitorBrowser(system);
  await visitor.settle();
  const left = await visitor.post('/companions/selection', await visitor.visitForm(channel)).expect(303);
  const party = /party=([0-9a-f-]{36})/.exec(String(left.headers.location))?.[1] ?? '';
  const declared =
    channel === 'official'
      ? ((await visitor.page(`/companions/group?party=${party}`))('[name=declared]').attr('value') ?? '')
      : '';
  const upload = (text: string | Buffer, name = 'group.csv') =>
    visitor.agent
      .post('/companions/group')
      .field('party', party)
      .field('declared', declared)
      .attach('sheet', Buffer.from(text), name);
  const people = async () => (await system.db('chosen_party').where({ id: party }).first()).companions.length;
  return { visitor, party, upload, people };
}

test('two hundred come in together, two hundred and one not at all', async () => {
  const { upload, people, visitor } = await ready();
  expect((await upload(csv(linesOf(201))).expect(422)).text).toContain('人数超过上限');
  expect(await people()).toBe(0);
  const sent = await upload(csv(linesOf(200))).expect(303);
  expect(await people()).toBe(200);
  const form = await visitor.page(String(sent.headers.location));
  expect(form('section[aria-labelledby=party-title]').text()).toContain('另有 170 人');
});

test('one wrong row and nobody is imported; the corrected sheet says where, and holds no formula', async () => {
  const { upload, people, visitor } = await ready();
  const [good, twin, bad] = [
    ...linesOf(1),
    ...linesOf(1),
    ['=CMD()', '123', '身份证', '110199195001010020'],
  ] as string[][];
  const answer = await upload(csv([good, twin, bad].filter((line) => line !== undefined))).expect(422);
  const $ = load(answer.text);
  const rows = $('tbody tr')
    .map((_, one) =>
      $(one)
        .find('td')
        .map((__, cell) => $(cell).text())
        .get()
        .join(' '),
    )
    .get();
  expect(rows.some((row) => row.startsWith('3 证件号 与表格中前面的一行重复'))).toBe(true);
  expect(rows.some((row) => row.startsWith('4 姓名'))).toBe(true);
  expect(rows.some((row) => row.startsWith('4 手机号'))).toBe(true);
  expect(await people()).toBe(0);
  expect(
    await system
      .db('companion')
      .join('visitor', 'visitor.id', 'companion.visitor_id')
      .where('visitor.phone_hash', system.index('phone', visitor.phone)),
  ).toEqual([]);

  const marked = await visitor
    .post('/companions/group/marked', { lines: $('[name=lines]').attr('value') ?? '' })
    .buffer(true)
    .parse((res, done) => {
      const parts: Buffer[] = [];
      res.on('data', (part: Buffer) => parts.push(part));
      res.on('end', () => done(null, Buffer.concat(parts)));
    })
    .expect(200);
  const book = read(marked.body as Buffer);
  const lines = utils.sheet_to_json<string[]>(book.Sheets[book.SheetNames[0] ?? ''] ?? {}, { header: 1, defval: '' });
  expect(lines[3]?.[0]).toBe("'=CMD()");
  expect(lines[3]?.at(-1)).toContain('手机号');
});

test('asks for the declaration and a file; the personal channel has no groups', async () => {
  const { visitor, party } = await ready();
  const nothing = await visitor.agent.post('/companions/group').field('party', party).field('declared', '').expect(422);
  expect(nothing.text).toContain('请先征得本人同意，并勾选声明');
  const personal = await ready('personal');
  await personal.upload(csv(linesOf(2))).expect(303);
  expect(await personal.people()).toBe(0);
  const template = await visitor.agent.get('/companions/group/template.xlsx').expect(200);
  expect(template.headers['content-disposition']).toContain('group.xlsx');
});

test('the template that was filled is taken, with a birth date in a date cell', async () => {
  const { visitor, upload, people } = await ready();
  const template = await visitor.agent
    .get('/companions/group/template.xlsx')
    .buffer(true)
    .parse((res, done) => {
      const parts: Buffer[] = [];
      res.on('data', (part: Buffer) => parts.push(part));
      res.on('end', () => done(null, Buffer.concat(parts)));
    })
    .expect(200);
  const book = read(template.body as Buffer);
  const sheet = book.Sheets[book.SheetNames[0] ?? ''] ?? {};
  const passport = ['Anna Schmidt', '', '护照', 'C4R7TX1', '德国', '女', new Date(Date.UTC(1990, 2, 7)), ''];
  utils.sheet_add_aoa(sheet, [passport, ['李梅', '', '护照', 'E00000123', 'CHN', '女', '1985/12/1', '']], {
    origin: 'A2',
    cellDates: false,
  });
  const sent = await upload(write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer, 'group.xlsx');
  expect(load(sent.text)('tbody').text()).toBe('');
  expect(sent.status).toBe(303);
  expect(await people()).toBe(2);
  const again = await upload(csv([['王一', '', '护照', 'E00000124', 'CHN', '女', '3/7/90']])).expect(422);
  expect(load(again.text)('tbody').text()).toContain('请写成 1990-03-07 的形式');
});

test('the same sheet once more brings the same people, corrected, and nobody twice', async () => {
  const { visitor, upload, people } = await ready();
  await upload(csv(linesOf(3))).expect(303);
  const more = linesOf(4).map(
    ([name, , type, document], n) => [name, n === 1 ? '15900000777' : '', type, document] as string[],
  );
  await upload(csv(more)).expect(303);
  expect(await people()).toBe(4);
  const book = await visitor.page('/companions');
  expect(book('.people li')).toHaveLength(4);
  expect(book('.people').text()).toContain('159****0777');
  // The document of one under the name of another is a slip, and nobody comes in.
  const [[, , , document = ''] = []] = linesOf(1);
  expect((await upload(csv([['别人', '', '身份证', document]])).expect(422)).text).toContain(
    '这个证件号已在您的同行访客中',
  );
});

test('a body whose parts cannot be counted is not taken apart', async () => {
  const { visitor } = await ready();
  const body = '--BBBB\r\nContent-Disposition: form-data; name="party"\r\n\r\nx\r\n--BBBB--\r\n';
  for (const type of ['xboundary=AAAA; boundary=BBBB', 'boundary=BBBB; boundary=AAAA', 'boundary=']) {
    const sent = visitor.agent.post('/companions/group').set('Content-Type', `multipart/form-data; ${type}`);
    await sent.send(body).expect(400);
  }
  // As Chromium and Safari name theirs.
  const usual = visitor.agent.post('/companions/group');
  await usual
    .set('Content-Type', 'multipart/form-data; boundary=----WebKitFormBoundaryBBBB')
    .send(body.replaceAll('BBBB', '----WebKitFormBoundaryBBBB'))
    .expect(404);
});
