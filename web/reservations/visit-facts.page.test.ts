import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shortTimeRange } from '../../domain/time.ts';
import type { VisitAnswers } from '../../domain/visit-answers.ts';
import { readSubmission, writeSubmission } from '../../store/reservations/submission.ts';
import { openAnswers } from '../../store/reservations/visit-answers.ts';
import { aWaitingTask, somebody } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { newestCode, VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
let approver: Awaited<ReturnType<typeof staffBrowser>>;
let admin: typeof approver;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'web'] });
  approver = await staffBrowser(system.web, 'approver');
  admin = await staffBrowser(system.web, 'admin');
});
afterAll(() => system?.stop());

type Visit = Awaited<ReturnType<typeof aWaitingTask>>;
type Page = ReturnType<typeof load>;

let phones = 0;
const note = '带两箱设备，\n请在南门接。';
async function aVisit(channel: 'personal' | 'official') {
  phones += 1;
  const who = { ...somebody, phone: `1361000${String(phones).padStart(4, '0')}` };
  return { ...(await aWaitingTask(system, { who, note, channel })), phone: who.phone };
}

/** Keeps the answers of a visit as rows of before the document did. */
async function keepAsBefore({ submission }: Visit): Promise<void> {
  const row = system.owner('submission').where({ id: submission });
  const { host, note: text } = openAnswers(system.cipher, submission, await row.clone().first());
  const seal = (column: string, answer: string | undefined) =>
    answer === undefined ? null : system.cipher.seal({ table: 'submission', column, row: submission }, answer);
  await row.update({ answers_enc: null, host_enc: seal('host_enc', host), note_enc: seal('note_enc', text) });
}

/** Asks for other answers beside the standing ones; the rows as the workflow would have projected them. */
async function asksForOthers({ reservation, submission }: Visit, answers: VisitAnswers): Promise<void> {
  const { db, cipher, index } = system;
  const standing = await readSubmission(db, cipher, submission);
  if (!standing) throw new Error('Nothing stands');
  const id = randomUUID();
  await writeSubmission(db, { cipher, index }, { ...standing, id, kind: 'change', base: submission, answers });
  await system
    .owner('reservation')
    .where({ id: reservation })
    .update({ change_submission_id: id, change_until: standing.until });
  await system.owner('task').where({ reservation_id: reservation }).update({ submission_id: id });
}

async function signedIn(phone: string): Promise<VisitorBrowser> {
  const browser = new VisitorBrowser(system, { phone });
  await browser.register();
  return browser;
}

/** Name and text of every line; a text in several lines with its ends. */
const facts = ($: Page, section: string): [string, string][] =>
  $(`section[aria-labelledby=${section}] dl`)
    .first()
    .find('dt')
    .map((_, name) => {
      const text = $(name).next('dd');
      text.find('br').replaceWith('\n');
      return [[$(name).text(), text.text().trim()]];
    })
    .get() as [string, string][];

async function pagesOf(visit: Visit & { phone: string }) {
  const browser = await signedIn(visit.phone);
  return {
    visitor: await browser.page(`/reservations/${visit.reservation}`),
    approver: load((await approver.get(`/inbox/${visit.task}`).expect(200)).text),
    admin: load((await admin.get(`/admin/reservations/${visit.reservation}`).expect(200)).text),
  };
}

describe.each(['today', 'of before the document'] as const)('a visit kept as %s', (layout) => {
  test.each(['personal', 'official'] as const)('says the same on all three pages: %s', async (channel) => {
    const visit = await aVisit(channel);
    if (layout !== 'today') await keepAsBefore(visit);
    const { visit_from, visit_until } = await system.owner('submission').where({ id: visit.submission }).first();
    const window: [string, string] = ['访问时间', shortTimeRange(visit_from, visit_until)];
    const host: [string, string][] = channel === 'personal' ? [['被访人', '王建国']] : [];
    const pages = await pagesOf(visit);
    expect(facts(pages.visitor, 'visit-title')).toEqual([
      ['来访通道', channel === 'personal' ? '个人访客' : '因公访客'],
      ['访问园区', '校本部'],
      ['访问部门', '信息科学与工程学院'],
      ...host,
      ['访问事由', `业务往来\n${note}`],
      window,
    ]);
    const staff = [
      window,
      ['访问园区', '校本部'],
      ['访问部门', '信息科学与工程学院'],
      ...host,
      ['访问事由', '业务往来'],
      ['说明', note],
    ];
    expect(facts(pages.approver, 'visit')).toEqual(staff);
    expect(facts(pages.admin, 'visit')).toEqual([['类型', channel === 'personal' ? '个人访客' : '因公访客'], ...staff]);
  });

  test('is copied to a new form, and exported, with its answers', async () => {
    const visit = await aVisit('personal');
    if (layout !== 'today') await keepAsBefore(visit);
    const browser = await signedIn(visit.phone);
    const form = await browser.page(`/reservations/new?channel=personal&copy=${visit.reservation}`);
    expect(form('[name=host]').val()).toBe('王建国');
    expect(form('[name=note]').text()).toBe(note);

    await system.owner('attempt').where({ kind: 'code_phone' }).delete();
    await browser.post('/account/codes', { purpose: 'export', back: '/my-data/export' }).expect(303);
    const file = await browser.post('/my-data/export', { code: await newestCode(system, visit.phone) }).expect(200);
    expect(JSON.parse(file.text).visits[0].submissions).toMatchObject([{ host: '王建国', note }]);
  });

  test('is shown beside other answers that are asked for, wherever a change is shown', async () => {
    const visit = await aVisit('personal');
    if (layout !== 'today') await keepAsBefore(visit);
    await asksForOthers(visit, { host: '赵敏' });
    const pages = await pagesOf(visit);
    for (const $ of [pages.visitor, pages.approver, pages.admin]) {
      const rows = $('.differences tbody tr')
        .map((_, row) => [
          $(row)
            .children()
            .map((_, cell) => $(cell).text())
            .get(),
        ])
        .get();
      expect(rows).toEqual([
        ['被访人', '王建国', '赵敏'],
        ['说明', note, '无'],
      ]);
    }
  });
});
