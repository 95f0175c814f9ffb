import { expect, test } from 'vitest';
import { messageKindNames } from '../domain/message-kinds.ts';
import { longestValue, smsTemplates } from '../domain/sms-templates.ts';
import type { AnnouncedVisit } from '../store/messages/announced-visit.ts';
import type { Message } from '../store/messages/message.ts';
import { composeMessage, composeText } from './message-text.ts';

const message: Message = {
  id: 'm',
  reservation: 'r',
  visitor: 'v',
  kind: 'request_refused',
  pass: null,
  decision: null,
  request: 'q',
  status: 'pending',
  channel: null,
  createdAt: new Date(0),
  closedAt: null,
};
const about = (refused: NonNullable<AnnouncedVisit['refused']>) => {
  const campus = { 'zh-CN': '南校区', en: 'South Campus' };
  const window = { from: new Date(0), until: new Date(3_600_000) };
  const visit: AnnouncedVisit = {
    stage: 'visit',
    visitorName: '',
    campus,
    ...window,
    returned: false,
    unpaid: false,
    refused,
  };
  return composeMessage(message, visit, 'zh-CN', 'https://visit.example');
};

test('a refusal says what was not done and why, and leads to where the rest is read', () => {
  const cancelled = about({ kind: 'cancel', code: 'already_inside', fields: {} });
  expect(cancelled.fields.reason).toBe('您已入校，不能取消本次预约。离校后预约会自动结束。');
  expect(cancelled.url).toBe('https://visit.example/reservations/r');

  const changed = about({ kind: 'change', code: 'not_admitted', fields: { window: 'field.proposal_same' } });
  expect(changed.fields.reason).toBe('与申请的时间相同，可直接同意');
  // A companion who is not of the visit has no page of it.
  expect(about({ kind: 'person_ready', code: 'not_awaited', fields: {} }).url).toBe('https://visit.example/');
});

test('a refused visit is told with the reason of the office’s list, and what was typed beside it; one sent back with the fields to correct', () => {
  const window = { from: new Date(0), until: new Date(3_600_000) };
  const visit: AnnouncedVisit = {
    stage: 'closed',
    visitorName: '',
    campus: { 'zh-CN': '南校区', en: 'South Campus' },
    ...window,
    returned: false,
    unpaid: false,
    refusedFor: { 'zh-CN': '时间不合适', en: 'The time does not suit' },
    reason: '当天有考试',
  };
  const rejected: Message = { ...message, kind: 'rejected', request: null };
  const reasonOf = (of: AnnouncedVisit, language: 'zh-CN' | 'en') =>
    composeMessage(rejected, of, language, 'https://visit.example').fields.reason;
  expect(reasonOf(visit, 'zh-CN')).toBe('时间不合适：当天有考试');
  const { reason: _, ...listedOnly } = visit;
  expect(reasonOf(listedOnly, 'en')).toBe('The time does not suit');
  const returned: Message = { ...rejected, kind: 'returned' };
  const back: AnnouncedVisit = {
    ...visit,
    stage: 'details',
    returned: true,
    reason: '请写明器材',
    marked: ['note', 'window'],
  };
  const { refusedFor: __, ...marked } = back;
  const told = composeMessage(returned, marked, 'zh-CN', 'https://visit.example').fields.reason;
  expect(told).toBe('请更正：说明、访问时间。请写明器材');
});

test.each(messageKindNames)('a text of the kind %s has no value that the provider refuses', (kind) => {
  const campus = { 'zh-CN': '主校区（五道口东路十二号）', en: 'Main Campus at the Fifth Crossing' };
  const window = { from: new Date('2026-12-30T15:59:00Z'), until: new Date('2026-12-31T15:59:00Z') };
  const pass = { id: 'p', ordinal: 0, code: '012345' };
  const visit: AnnouncedVisit = {
    stage: 'visit',
    visitorName: '',
    campus,
    ...window,
    returned: false,
    unpaid: false,
    pass,
  };
  for (const [side, phone] of [
    ['mainland', '13800000000'],
    ['abroad', '+14155550199'],
  ] as const) {
    const text = composeText({ ...message, kind }, visit, phone);
    const values: Record<string, unknown> = text;
    for (const name of smsTemplates[text.template]) {
      expect([...String(values[name])].length, name).toBeLessThanOrEqual(longestValue[side]);
      expect(values[name], name).not.toBe('');
    }
  }
});

test('a text speaks the language that its template was approved in, whatever its reader chose', () => {
  const window = { from: new Date('2026-12-30T15:59:00Z'), until: new Date('2026-12-31T16:00:00Z') };
  const campus = { 'zh-CN': '南校区', en: 'South Campus' };
  const visit: AnnouncedVisit = { stage: 'closed', visitorName: '', campus, ...window, returned: false, unpaid: false };
  const rejected = { ...message, kind: 'rejected' } as const;
  expect(composeText(rejected, visit, '13800000000')).toMatchObject({
    campus: '南校区',
    day: '12月30日',
    clock: '23:59',
    last_day: '1月1日',
    status: '审批未通过',
  });
  expect(composeText(rejected, visit, '+14155550199')).toMatchObject({
    campus: 'South Campus',
    day: '30 Dec',
    status: 'Not approved',
  });
});
