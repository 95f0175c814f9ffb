import { expect, test } from 'vitest';
import type { AnnouncedVisit } from '../store/messages/announced-visit.ts';
import type { Message } from '../store/messages/message.ts';
import { composeMessage } from './message-text.ts';

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
  const visit: AnnouncedVisit = { stage: 'visit', visitorName: '', campus, ...window, returned: false, refused };
  return composeMessage(message, visit, 'zh-CN', 'https://visit.example');
};

test('a refusal says what was not done and why, and leads to where the rest is read', () => {
  const cancelled = about({ kind: 'cancel', code: 'already_inside', fields: {} });
  expect(cancelled.sms).toMatchObject({ template: 'changed', news: '“取消预约”没有办成' });
  expect(cancelled.fields.reason).toBe('您已入校，不能取消本次预约。离校后预约会自动结束。');
  expect(cancelled.url).toBe('https://visit.example/reservations/r');

  const changed = about({ kind: 'change', code: 'not_admitted', fields: { window: 'field.proposal_same' } });
  expect(changed.fields.reason).toBe('与申请的时间相同，可直接同意');
  // A companion who is not of the visit has no page of it.
  expect(about({ kind: 'person_ready', code: 'not_awaited', fields: {} }).url).toBe('https://visit.example/');
});

test('a refused visit is told with the reason of the office’s list, and what was typed beside it', () => {
  const window = { from: new Date(0), until: new Date(3_600_000) };
  const visit: AnnouncedVisit = {
    stage: 'closed',
    visitorName: '',
    campus: { 'zh-CN': '南校区', en: 'South Campus' },
    ...window,
    returned: false,
    refusedFor: { 'zh-CN': '时间不合适', en: 'The time does not suit' },
    reason: '当天有考试',
  };
  const rejected: Message = { ...message, kind: 'rejected', request: null };
  const reasonOf = (of: AnnouncedVisit, language: 'zh-CN' | 'en') =>
    composeMessage(rejected, of, language, 'https://visit.example').fields.reason;
  expect(reasonOf(visit, 'zh-CN')).toBe('时间不合适：当天有考试');
  const { reason: _, ...listedOnly } = visit;
  expect(reasonOf(listedOnly, 'en')).toBe('The time does not suit');
});
