import { randomUUID } from 'node:crypto';
import { type CheerioAPI, load } from 'cheerio';
import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { day, hour, minute } from '../../domain/time.ts';
import { aParty } from '../../testing/party.ts';
import { aRefusal } from '../../testing/refusing.ts';
import { untilReservation } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** What was answered is said, also while something holds the row that would show it. */

let system: System;
let approver: Awaited<ReturnType<typeof staffBrowser>>;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  approver = await staffBrowser(system.web, 'approver');
}, 120_000);
afterAll(() => system?.stop());

const at = (fromNow: number) => new Date(Math.floor((Date.now() + fromNow) / minute) * minute);

async function aVisit() {
  const lead = await new VisitorBrowser(system).settle();
  const along = await new VisitorBrowser(system).settle();
  const window = { from: at(day), until: at(day + 2 * hour) };
  const made = await aParty(system, [lead.phone, along.phone], window);
  return { ...made, lead, along, path: `/reservations/${made.reservation}` };
}

async function anApproved() {
  const visit = await aVisit();
  await say(visit.task, 'decision', { verdict: 'approved' }).expect(303);
  await untilReservation(system, visit.reservation, ({ stage }) => stage === 'visit');
  const passes = await system.owner('pass').where({ reservation_id: visit.reservation }).orderBy('ordinal');
  return { ...visit, passes: passes.map(({ id }) => id as string) };
}

const say = (task: string, what: 'decision' | 'return' | 'proposal', form: Record<string, string>) =>
  approver
    .post(`/inbox/${task}/${what}`)
    .type('form')
    .send({ request: randomUUID(), ...form });
const staffPage = async (path: string) => load((await approver.get(path).expect(200)).text);
/** The number beside the inbox's name; without one, none waits. */
const counted = ($: CheerioAPI): number => Number($('.staffbar__nav .count').first().contents().last().text() || 0);
const ask = (visitor: VisitorBrowser, path: string, form = {}) => visitor.post(path, { key: randomUUID(), ...form });

/** The row cannot be written while `look` runs, as behind a long transaction of somebody else. */
async function whileHeld(reservation: string, look: () => Promise<void>): Promise<void> {
  await system.owner.transaction(async (trx: Knex) => {
    await trx.raw('select from reservation where id = ? for no key update', [reservation]);
    await look();
    const { rows } = await trx.raw(
      `select from reservation r join request q on q.reservation_id = r.id
        where r.id = ? and (q.answer->>'seq')::int > r.seq`,
      [reservation],
    );
    expect(rows.length, 'the row is behind all the while').toBeGreaterThan(0);
  });
}

/** The engine answers once it has given up writing the row in the same step. */
const answered = (reservation: string) =>
  until(
    async () => !(await system.owner('request').where({ reservation_id: reservation, status: 'pending' }).first('id')),
    'every request is answered',
    60,
  );

const caughtUp = (reservation: string) =>
  until(
    async () => {
      const { rows } = await system.owner.raw(
        `select from reservation r join request q on q.reservation_id = r.id
        where r.id = ? and (q.answer->>'seq')::int > r.seq and r.stage <> 'closed'`,
        [reservation],
      );
      return rows.length === 0;
    },
    'the row shows every answer',
    60,
  );

const offers = (text: string): string[] =>
  load(text)('main form')
    .toArray()
    .map((form) => String(form.attribs.action));

// Each waits for a row that cannot be written.
const patient = 120_000;

describe(
  'a cancellation that no row shows yet',
  () => {
    test(
      'is shown everywhere, offers nothing again, and lets no pass be shown',
      async () => {
        const { reservation, lead, along, path, passes } = await anApproved();
        expect(offers((await lead.agent.get(path)).text)).toContain(`${path}/cancellation`);
        const next = () => lead.page(path).then(($) => $('.next').text());
        await whileHeld(reservation, async () => {
          await ask(lead, `${path}/cancellation`).expect(303);
          await answered(reservation);
          const { text } = await lead.agent.get(path).expect(200);
          expect(offers(text)).toEqual([]);
          const $ = load(text);
          expect($('.next').text()).toBe('预约已取消，通行凭证不再有效。页面稍后更新。');
          expect($('.badge').text()).toBe('已取消');
          expect($(`a[href^="/passes/"], a[href$="/changes"]`)).toHaveLength(0);
          expect($('#progress').attr('hx-trigger')).toBe('every 2s');
          expect((await lead.page('/reservations'))('.badge').text()).toBe('已取消');
          expect((await lead.page('/'))('.ticket').text()).toContain('当前暂无行程');
          expect((await lead.page('/passes'))('li')).toHaveLength(0);
          expect((await lead.page(`/passes/${passes[0]}`))('#standing').attr('data-live')).toBeUndefined();
          await lead.agent.get(`/passes/${passes[0]}/image.png`).expect(404);
          // Sent once more under another key, it is what was done, and no refusal.
          await ask(lead, `${path}/cancellation`).expect(303);

          const theirs = await along.page(path);
          expect(theirs('.next').text()).toBe('预约已取消，通行凭证不再有效。页面稍后更新。');
          expect(theirs('main form')).toHaveLength(0);
          expect((await along.page(`/passes/${passes[1]}`))('#standing').attr('data-live')).toBeUndefined();
        });
        await untilReservation(system, reservation, ({ outcome }) => outcome === 'cancelled');
        expect(await next()).toBe('预约已取消，通行凭证已失效；如需来访请再次预约。');
      },
      patient,
    );

    test(
      'leaves nothing to decide',
      async () => {
        const { reservation, lead, path, task } = await aVisit();
        const before = await staffPage('/inbox');
        expect(before(`a[href="/inbox/${task}"]`)).toHaveLength(1);
        const waiting = counted(before);
        await whileHeld(reservation, async () => {
          await ask(lead, `${path}/cancellation`).expect(303);
          await answered(reservation);
          const inbox = await staffPage('/inbox');
          expect(inbox(`a[href="/inbox/${task}"]`)).toHaveLength(0);
          expect(counted(inbox)).toBe(waiting - 1);
          const page = await staffPage(`/inbox/${task}`);
          expect(page('.verdict').text()).toMatch(/已失效.*已取消/s);
          expect(page(`main form[action*="/inbox/${task}/decision"]`)).toHaveLength(0);
        });
        await caughtUp(reservation);
      },
      patient,
    );
  },
  patient,
);

test(
  'a reminder that no row shows yet counts at once, for the visitor and in the inbox',
  async () => {
    const { reservation, lead, path, task } = await aVisit();
    await whileHeld(reservation, async () => {
      await ask(lead, `${path}/nudges`).expect(303);
      await answered(reservation);
      const $ = await lead.page(path);
      expect($('.next').text()).toBe('已提醒审批人，请等待审批结果。');
      expect($('#nudged')).toHaveLength(1);
      expect($(`form[action="${path}/nudges"]`)).toHaveLength(0);
      // It excludes nothing else.
      expect($(`form[action="${path}/cancellation"], a[href="${path}/changes"]`)).toHaveLength(2);
      expect((await staffPage(`/inbox/${task}`))('#nudged').text()).toContain('1');
    });
    await caughtUp(reservation);
    expect((await lead.page(path))('#nudged')).toHaveLength(1);
  },
  patient,
);

test(
  'a change that was taken back is offered for that no more, and not decided either',
  async () => {
    const { reservation, lead, path } = await anApproved();
    const $ = await lead.page(`${path}/changes`);
    const form = Object.fromEntries(
      $(`form[action="${path}/changes"]`)
        .serializeArray()
        .map(({ name, value }) => [name, value]),
    );
    await lead.post(`${path}/changes`, { ...form, plate: '京A99999' }).expect(303);
    const { change_submission_id: submission } = await untilReservation(
      system,
      reservation,
      (row) => row.change_submission_id !== null,
    );
    const { id: task } = await system.owner('task').where({ submission_id: submission }).first();
    await whileHeld(reservation, async () => {
      await ask(lead, `${path}/changes/withdrawal`).expect(303);
      await answered(reservation);
      const page = await lead.page(path);
      expect(page('.next').text()).toBe('变更已撤回，原预约继续有效，页面稍后更新。');
      expect(page('#change-title, form[action$="/withdrawal"], a[href$="/changes"]')).toHaveLength(0);
      const deciding = await staffPage(`/inbox/${task}`);
      expect(deciding('.state__title').text()).toBe('访客刚刚更改了这一预约');
      expect(deciding(`main form[action*="/inbox/${task}/decision"]`)).toHaveLength(0);
    });
    await caughtUp(reservation);
    expect((await lead.page(path))(`a[href="${path}/changes"]`)).toHaveLength(1);
  },
  patient,
);

test(
  'what an approver answered is said before the row says it',
  async () => {
    const { reservation, lead, path, task } = await aVisit();
    const window = { propose_from: local(at(2 * day)), propose_until: local(at(2 * day + hour)) };
    await whileHeld(reservation, async () => {
      await say(task, 'proposal', { ...window, propose_note: '' }).expect(303);
      await answered(reservation);
      expect((await staffPage(`/inbox/${task}`))('.state__title').text()).toBe('您的意见已保存，正在办理');
      expect((await lead.page(path))('.next').text()).toBe('部门建议了其他时间，页面稍后更新，届时可以答复。');
    });
    await caughtUp(reservation);
    const proposal = (await lead.page(path))('[name=proposal]').val();
    await whileHeld(reservation, async () => {
      await ask(lead, `${path}/proposal-answer`, { proposal, answer: 'refuse' }).expect(303);
      await answered(reservation);
      const $ = await lead.page(path);
      expect($('.next').text()).toBe('您的答复已办理，页面稍后更新。');
      expect($('#proposal-title')).toHaveLength(0);
    });
    await caughtUp(reservation);
    await whileHeld(reservation, async () => {
      await say(task, 'decision', await aRefusal(system.owner, '当天不便')).expect(303);
      await answered(reservation);
      const $ = await lead.page(path);
      expect($('.next').text()).toBe('预约未获批准。页面稍后更新，届时可以看到理由。');
      expect($('main form')).toHaveLength(0);
    });
    await untilReservation(system, reservation, ({ outcome }) => outcome === 'rejected');
  },
  patient,
);

const local = (instant: Date) => new Date(instant.getTime() + 8 * hour).toISOString().slice(0, 16);
