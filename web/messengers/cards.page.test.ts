import { load } from 'cheerio';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MessengerName, messengerNames } from '../../domain/messengers.ts';
import { saveStaffContact } from '../../store/messages/staff-contact.ts';
import { bindStaffMessenger } from '../../store/messages/staff-messenger.ts';
import { keepTaskNews } from '../../store/messages/task-news.ts';
import { freezePerson } from '../../store/reservations/submission.ts';
import { aDeclaredCompanion } from '../../testing/companions.ts';
import { type OfficePhone, officePhone } from '../../testing/office-phone.ts';
import { aSubmittedReservation, aWaitingTask, somebody } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { aSubmittedPerson } from '../../testing/submitted.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';

/** The button of a card in a messenger obeys the rules of the link in a mail. */

let system: System;
let approver: string;
let other: string;
let phone: OfficePhone;
let user: string;
let last = 13_200_000_000;
let users = 0;
const who = () => ({ ...somebody, phone: String(++last), document: `11019919900101${String(last).slice(-4)}` });

beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  approver = (await system.owner('staff').where({ username: 'approver' }).first()).id;
  other = (await system.owner('staff').where({ username: 'approver2' }).first()).id;
});
afterAll(() => system?.stop());
beforeEach(async () => {
  await system.owner('staff_messenger').delete();
  await system.owner('task').update({ status: 'withdrawn', closed_at: new Date() });
  await bindAt('wecom');
});

async function bindAt(messenger: MessengerName, language: 'zh-CN' | 'en' = 'zh-CN') {
  phone = officePhone(system.sandbox, messenger);
  user = `approver.${++users}`;
  await phone.user(user);
  const said = { email: '', language, digest: false, quiet: false };
  await saveStaffContact(system.db, system.cipher, approver, said);
  await system.owner('staff_messenger').delete();
  await system.db.transaction((trx) => bindStaffMessenger(trx, system, { staff: approver, messenger, user }));
}
/** What stands there now: another message may have come after it. */
const nowAt = async ({ id }: { id: string }) => (await phone.messages(user)).find((one) => one.id === id);
/** Once it has no button any more. Some messengers show it anew a moment after the press was answered. */
const shownAnew = (card: { id: string }) =>
  until(async () => {
    const now = await nowAt(card);
    return now && !now.button ? now : undefined;
  }, 'the card says what became of it');
const theCard = () => until(async () => (await phone.messages(user)).find(({ button }) => button), 'the card is there');
/** Of a task that no workflow runs: enough for everything that decides nothing. */
async function aCard() {
  const waiting = await aWaitingTask(system, { who: who() });
  await keepTaskNews(system.db, waiting);
  return { ...waiting, card: await theCard() };
}
/** Of a visit that its workflow runs. */
async function aRunningCard() {
  const running = await aSubmittedReservation(system, { who: who() });
  return { ...running, card: await theCard() };
}
const decisions = (reservation: string) => system.owner('decision').where({ reservation_id: reservation });
const isAtVisit = async (reservation: string) =>
  (await system.owner('reservation').where({ id: reservation }).first()).stage === 'visit' || undefined;

describe.each(messengerNames)('by %s', (messenger) => {
  test('an approver approves once, however often it is pressed, and reads what they did', async () => {
    await bindAt(messenger);
    const { reservation, task, card } = await aRunningCard();
    const pressed = await Promise.all([phone.press(card.id), phone.press(card.id)]);
    expect(pressed).toContain(200);
    await until(() => isAtVisit(reservation), 'the visit is approved');
    const shown = await shownAnew(card);
    expect(JSON.stringify(shown)).toMatch(/您已于 \d{4}-\d\d-\d\d \d\d:\d\d 同意此预约。/);
    expect(JSON.stringify(shown)).not.toMatch(/欧阳小满|110199|132000|京A/);
    const [decision, ...more] = await decisions(reservation);
    expect(more).toEqual([]);
    expect(decision).toMatchObject({ staff_id: approver, verdict: 'approved', via: 'own' });
    const [act, ...acts] = await system.owner('audit').where({ subject_id: reservation, actor_id: approver });
    expect(acts).toEqual([]);
    expect(act).toMatchObject({
      action: 'task_approved',
      address_hash: null,
      detail: { task, card_sent_to: `a***${user.at(-1)}`, messenger },
    });
    for (const table of ['task_link', 'audit', 'request', 'staff_message', 'staff_letter'])
      expect(JSON.stringify(await system.owner(table))).not.toContain(card.button?.key);
  });

  test('a press of somebody else’s, or one that is not signed by it, decides nothing and changes nothing', async () => {
    await bindAt(messenger);
    const stranger = `stranger.${++users}`;
    await phone.user(stranger);
    const { reservation, card } = await aCard();
    expect(await phone.press(card.id, { user: stranger })).not.toBe(200);
    expect(await phone.press(card.id, { forged: true })).not.toBe(200);
    const its = { staff: other, messenger, user: stranger };
    await system.db.transaction((trx) => bindStaffMessenger(trx, system, its));
    expect(await phone.press(card.id, { user: stranger })).not.toBe(200);
    expect(await decisions(reservation)).toEqual([]);
    expect(await nowAt(card)).toMatchObject({ button: card.button });
    expect(await phone.press(card.id)).toBe(200);
    expect(await decisions(reservation)).toHaveLength(1);
  });
});

test('the audit and the evidence say by which card it was', async () => {
  const { reservation, card } = await aCard();
  await phone.press(card.id);
  const words = `通过发给企业微信用户 a***${user.at(-1)} 的卡片`;
  const admin = await staffBrowser(system.web, 'admin');
  const pages = ['/admin/audit?action=task_approved', `/staff/visits/${reservation}/evidence`];
  for (const path of [`/admin/reservations/${reservation}`, ...pages]) {
    expect(load((await admin.get(path).expect(200)).text)('main').text(), path).toContain(words);
  }
});

test('the evidence still says so once the card’s row is worn out, and that what it showed is the same', async () => {
  const { reservation, task, card } = await aCard();
  await phone.press(card.id);
  await system.owner('task_link').where({ task_id: task }).delete();
  const admin = await staffBrowser(system.web, 'admin');
  const shown = load((await admin.get(`/staff/visits/${reservation}/evidence`).expect(200)).text)('main').text();
  expect(shown).toContain(`通过发给企业微信用户 a***${user.at(-1)} 的卡片`);
  expect(shown).toContain('与现存内容一致。');
});

test.each(messengerNames)('what came twice by %s is told once more and decides nothing more', async (messenger) => {
  await bindAt(messenger);
  const { reservation, card } = await aRunningCard();
  await phone.fault(`${messenger}.callback`, 'twice', 1);
  expect(await phone.press(card.id)).toBe(200);
  expect(await decisions(reservation)).toHaveLength(1);
  expect((await shownAnew(card)).text).toMatch(/^您已于 .* 同意此预约。/);
});

test.each(messengerNames)('a press by %s that was kept back for an hour decides nothing', async (messenger) => {
  await bindAt(messenger);
  const { reservation, card } = await aCard();
  await phone.fault(`${messenger}.callback`, 'stale', 1);
  expect(await phone.press(card.id)).toBe(403);
  expect(await decisions(reservation)).toEqual([]);
  expect((await nowAt(card))?.button).toEqual(card.button);
  expect(await phone.press(card.id)).toBe(200);
  expect(await decisions(reservation)).toHaveLength(1);
});

test('飞书 says over the card what became of it', async () => {
  await bindAt('feishu');
  const { card } = await aRunningCard();
  await phone.press(card.id);
  expect((await nowAt(card))?.said).toMatch(/^您已于 .* 同意此预约。$/);
});

test('a card that could not be shown anew is told at the next press', async () => {
  const { reservation, card } = await aRunningCard();
  await phone.fault('wecom.update', 'busy', 1);
  expect(await phone.press(card.id)).toBe(200);
  expect((await nowAt(card))?.button).toEqual(card.button);
  expect(await phone.press(card.id)).toBe(200);
  expect((await shownAnew(card)).text).toMatch(/^您已于 .* 同意此预约。$/);
  expect(await decisions(reservation)).toHaveLength(1);
});

describe('a card is dead, and says why, once', () => {
  const told = async (card: { id: string }, reservation: string) => {
    expect(await phone.press(card.id)).toBe(200);
    const own = (await decisions(reservation)).filter(({ staff_id: by }) => by === approver);
    expect(own.filter(({ verdict }) => verdict === 'approved')).toEqual([]);
    return (await shownAnew(card)).text ?? '';
  };

  test('the task was passed on: who has it, since when', async () => {
    const { reservation, task, card } = await aRunningCard();
    const agent = await staffBrowser(system.web, 'approver');
    const { name } = await system.owner('staff').where({ id: other }).first();
    const form = load((await agent.get(`/inbox/${task}`).expect(200)).text)('form[action$="/transfer"]');
    const drawn = Object.fromEntries(form.serializeArray().map((field) => [field.name, field.value]));
    const to = { ...drawn, transfer_to: name, transfer_department: '', transfer_reason: '由您负责' };
    await agent.post(`/inbox/${task}/transfer`).type('form').send(to).expect(303);
    expect(await told(card, reservation)).toMatch(new RegExp(`^自 .* 起由${name}负责，您无需处理。$`));
  });

  test('somebody stands in for its person: who, since when', async () => {
    const { reservation, card } = await aCard();
    const from = new Date(Date.now() - 1_000);
    const row = { staff_id: approver, delegate_id: other, from_at: from, until_at: new Date(Date.now() + 3_600_000) };
    const [delegation] = await system.owner('delegation').insert(row).returning('id');
    const { name } = await system.owner('staff').where({ id: other }).first();
    const text = await told(card, reservation);
    await system.owner('delegation').where({ id: delegation.id }).delete();
    expect(text).toContain(`起由${name}负责`);
  });

  test('a colleague was faster: who, and when', async () => {
    const { reservation, task, card } = await aCard();
    const request = crypto.randomUUID();
    await system.owner('request').insert({
      id: request,
      reservation_id: reservation,
      kind: 'decide',
      actor_kind: 'staff',
      actor_id: other,
      payload: JSON.stringify({ task, verdict: 'approved' }),
      next_attempt_at: new Date(Date.now() + 3_600_000),
    });
    const row = { request_id: request, reservation_id: reservation, staff_id: other, verdict: 'approved' };
    await system.owner('decision').insert(row);
    const { name } = await system.owner('staff').where({ id: other }).first();
    expect(await told(card, reservation)).toMatch(new RegExp(`^${name} 已于 .* 同意此预约，您无需处理。$`));
  });

  test('its person has a second factor since', async () => {
    const { reservation, card } = await aCard();
    const row = { staff_id: approver, secret_enc: Buffer.from('x'), confirmed_at: new Date() };
    await system.owner('staff_second_factor').insert(row);
    const text = await told(card, reservation);
    await system.owner('staff_second_factor').where({ staff_id: approver }).delete();
    expect(text).toContain('需要登录审批');
  });

  test('its time is over', async () => {
    const { reservation, task, card } = await aCard();
    await system
      .owner('task_link')
      .where({ task_id: task })
      .update({ expires_at: new Date(0) });
    expect(await told(card, reservation)).toContain('需要登录审批');
  });

  test('somebody joined the visit since it was sent', async () => {
    const { reservation, submission, visitor, card } = await aCard();
    const { id: consent } = await system.db('consent').where({ visitor_id: visitor }).first('id');
    const companion = await aDeclaredCompanion(system, visitor);
    const details = { ordinal: 1, person: null, personVersion: null, visitor: null, consent, companion };
    const joined = aSubmittedPerson({ ...details, name: '同行' });
    await freezePerson(system.db, system, { id: submission, reservation }, joined);
    expect(await told(card, reservation)).toContain('申请内容有变化');
    expect((await system.owner('task_link').orderBy('made_at', 'desc').first()).used_at).toBeNull();
  });
});

test('of which nobody knows what it showed decides nothing', async () => {
  const { reservation, task, card } = await aCard();
  await system.owner('task_link').where({ task_id: task }).update({ seen: null });
  expect(await phone.press(card.id)).toBe(200);
  expect(await decisions(reservation)).toEqual([]);
  expect((await shownAnew(card)).text).toContain('申请内容有变化');
});

test.each(messengerNames)(
  'a visit that is just moved to another policy is told by %s, not decided',
  async (messenger) => {
    await bindAt(messenger);
    const { reservation, card } = await aCard();
    await system.owner('request').insert({
      id: crypto.randomUUID(),
      reservation_id: reservation,
      kind: 'move_policy',
      actor_kind: 'system',
      payload: '{}',
      next_attempt_at: new Date(Date.now() + 3_600_000),
    });
    expect(await phone.press(card.id)).toBe(200);
    expect(await decisions(reservation)).toEqual([]);
    expect((await shownAnew(card)).text).toContain('需要登录审批');
  },
);

test('a user who was unbound presses in vain', async () => {
  const { reservation, card } = await aCard();
  const agent = await staffBrowser(system.web, 'approver');
  await agent.post('/staff/me/messengers/wecom/unbinding').expect(303);
  expect(await phone.press(card.id)).toBe(403);
  expect(await decisions(reservation)).toEqual([]);
});

test('a card speaks the language of its reader', async () => {
  await bindAt('wecom', 'en');
  const { card } = await aRunningCard();
  expect(card.button?.words).toBe('Approve');
  await phone.press(card.id);
  expect((await shownAnew(card)).text).toMatch(/^You approved/);
});

test('the secret of a button opens nothing as an address', async () => {
  const { card } = await aCard();
  expect((await fetch(`${system.web}/t/${card.button?.key}`)).status).toBe(404);
});

describe('the callback', () => {
  test.each(['wecom', 'feishu'])('answers %s, which tries our address', async (messenger) => {
    const asked = await fetch(`${system.sandbox}/inspect/${messenger}/verification`, { method: 'POST' });
    expect(await asked.json()).toEqual({ verified: true });
  });

  test.each(messengerNames)('of %s refuses what nobody signed', async (messenger) => {
    const at = `${system.web}/messengers/${messenger}`;
    for (const body of ['', '{}', '<xml></xml>', 'x'.repeat(70_000)]) {
      expect((await fetch(at, { method: 'POST', body })).status).toBeGreaterThanOrEqual(400);
    }
    expect((await fetch(`${at}?msg_signature=x&timestamp=1&nonce=2&echostr=abc`)).status).toBe(403);
  });
});
