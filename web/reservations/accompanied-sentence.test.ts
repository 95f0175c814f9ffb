import { expect, test } from 'vitest';
import { translator } from '../../platform/i18n.ts';
import type { Accompanied } from '../../store/reservations/accompanied.ts';
import { accompaniedSentence } from './accompanied-sentence.ts';

/** 2026-09-05 15:00 in Shanghai. */
const three = new Date('2026-09-05T07:00:00Z');
const visit = (wish: Partial<Accompanied>): Accompanied => ({
  id: 'r',
  ordinal: 1,
  name: '李四',
  seq: 1,
  stage: 'approval',
  outcome: null,
  behind: null,
  campus: 'main',

  department: 'it',
  from: three,
  until: three,
  stageUntil: three,
  createdAt: three,
  pass: null,

  inside: false,
  left: false,
  leaving: false,
  ...wish,
});
const says = (wish: Partial<Accompanied>) => accompaniedSentence(visit(wish), '信息学院', translator('zh-CN'));

test('a companion reads who has to act, and until when', () => {
  expect(says({})).toBe('预约正在等待信息学院审批，最迟 2026-09-05 15:00 有结果，您无需操作。');
  expect(says({ stage: 'details' })).toMatch(/发起人须在 2026-09-05 15:00 前修改并重新提交/);
  expect(says({ stage: 'details', stageUntil: null })).toMatch(/等待发起人修改并重新提交/);
});
