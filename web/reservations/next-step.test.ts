import { expect, test } from 'vitest';
import { outcomes, stages } from '../../domain/reservation.ts';
import { hour } from '../../domain/time.ts';
import { hasSentence, translator } from '../../platform/i18n.ts';
import { nextStep, type Situation, sayNext } from './next-step.ts';

/** 2026-09-05 12:00 in Shanghai; the visit is from 15:00 to 17:00. */
const noon = Date.parse('2026-09-05T04:00:00Z');
const situation = (wish: Partial<Situation>): Situation => ({
  stage: 'visit',
  outcome: null,
  from: noon + 3 * hour,
  until: noon + 5 * hour,
  stageUntil: null,

  department: '信息学院',
  pending: [],
  missing: [],
  seen: undefined,
  ...wish,
});
const li = { name: '李四', lacks: 'joining' };
const wang = { name: '王五', lacks: 'own_details' };
const later = { from: noon + 27 * hour, until: noon + 29 * hour };

const cases: [string, Partial<Situation>, number, string, RegExp][] = [
  ['not seen leaving', { overstay: 1, seen: 'in' }, 6, 'visitor', /^来访时间到 2026-09-05 17:00 为止.*已离校请确认/],
  ['over, and nobody was asked', { seen: 'in' }, 6, 'others', /^(?!.*请确认)/],
  [
    'allowed to stay, perhaps',
    { overstay: 1, seen: 'in', change: { until: noon + 7 * hour } },
    6,
    'visitor',
    /延长申请正在等待部门审批/,
  ],
  [
    'waiting',
    { stage: 'approval', stageUntil: noon + 3 * hour },
    0,
    'others',
    /^请等待信息学院审批，最迟 2026-09-05 15:00/,
  ],
  [
    'reminded by the clock',
    { stage: 'approval', stageUntil: noon + 3 * hour, reminded: { times: 2, rung: 2 } },
    0,
    'others',
    /^正在等待信息学院审批，已提醒 2 次，最迟 2026-09-05 15:00 有结果。$/,
  ],
  [
    'with the head',
    { stage: 'approval', stageUntil: noon + 3 * hour, reminded: { times: 2, rung: 3 } },
    0,
    'others',
    /已提醒 2 次，现部门负责人也可审批，最迟 2026-09-05 15:00/,
  ],
  [
    'with the security desk',
    { stage: 'approval', stageUntil: noon + 3 * hour, reminded: { times: 3, rung: 4 } },
    0,
    'others',
    /已提醒 3 次，现保卫处也可审批，最迟 2026-09-05 15:00/,
  ],
  [
    'returned',
    { stage: 'details', stageUntil: noon + 24 * hour },
    0,
    'visitor',
    /^信息学院退回了预约，请您在 2026-09-06 12:00 前修改并重新提交/,
  ],
  ['returned without an end', { stage: 'details' }, 0, 'visitor', /^信息学院退回了预约，请您修改并重新提交/],
  [
    'returned and never corrected',
    { stage: 'closed', outcome: 'expired', uncorrected: true },
    0,
    'over',
    /^退回后未在期限内修改，预约已失效/,
  ],
  ['undecided', { stage: 'closed', outcome: 'expired' }, 0, 'over', /^部门逾期未审批/],
  ['corrected, on its way', { stage: 'details', pending: ['submit'] }, 0, 'others', /修改后的预约已收到/],
  [
    'another time proposed',
    { stage: 'approval', stageUntil: noon + 3 * hour, proposal: later },
    0,
    'visitor',
    /^信息学院建议改到 09\/06 15:00 – 09\/06 17:00，请您在 2026-09-05 15:00 前答复/,
  ],
  [
    'the answer on its way',
    { stage: 'approval', proposal: later, pending: ['answer_proposal'] },
    0,
    'others',
    /已收到/,
  ],
  ['approved', { stage: 'pass' }, 0, 'others', /正在生成通行凭证/],
  ['ready', {}, 0, 'visitor', /09\/05 15:00 – 09\/05 17:00 到校门出示通行凭证/],
  [
    'companions missing',
    { missing: [li, wang] },
    0,
    'visitor',
    /李四（尚未加入）、王五（个人信息未完善）.*2026-09-05 15:00 前/,
  ],
  ['begun, though somebody is missing', { missing: [li] }, 3, 'visitor', /请在 2026-09-05 17:00 前到校门/],
  [
    'a change waits',
    { change: { until: noon + 2 * hour } },
    0,
    'others',
    /变更正在等待信息学院审批，最迟 2026-09-05 14:00.*原预约继续有效/,
  ],
  [
    'a change waits, inside',
    { change: { until: noon + 4 * hour }, seen: 'in' },
    3.5,
    'others',
    /原预约继续有效，请按原定时间在 2026-09-05 17:00 前离校/,
  ],
  ['a change on its way', { pending: ['change'] }, 0, 'others', /已收到/],
  ['inside', { seen: 'in' }, 4, 'visitor', /您正在校内，请在 2026-09-05 17:00 前离校/],
  [
    'somebody else inside',
    { seen: 'in', visitor: '周奶奶' },
    4,
    'visitor',
    /^周奶奶正在校内，请提醒其在 2026-09-05 17:00 前离校/,
  ],
  ['somebody else left', { seen: 'out', visitor: '周奶奶' }, 4, 'visitor', /^周奶奶已离校；2026-09-05 17:00 前/],
  [
    'a change while somebody else is inside',
    { seen: 'in', visitor: '周奶奶', change: { until: noon + 5 * hour } },
    4,
    'others',
    /请提醒周奶奶按原定时间在 2026-09-05 17:00 前离校/,
  ],
  ['left before the end', { seen: 'out' }, 4, 'visitor', /您已离校；2026-09-05 17:00 前/],
  ['over, being settled', { seen: 'in' }, 5, 'others', /访问时间已结束，正在等待/],
  ['being cancelled', { pending: ['cancel'], missing: [li] }, 0, 'others', /已收到取消申请/],
  // What an approver, or the system, asks shows only once it is answered.
  [
    'being decided',
    { stage: 'approval', stageUntil: noon + hour, pending: ['decide'] },
    0,
    'others',
    /请等待信息学院审批/,
  ],
];

test.each(cases)('%s', (_name, wish, hours, turn, sentence) => {
  const next = nextStep(situation(wish), noon + hours * hour);
  expect(next.turn).toBe(turn);
  expect(sayNext(next, translator('zh-CN'))).toMatch(sentence);
  // One sentence, complete in English too.
  expect(sayNext(next, translator('zh-CN')).match(/[。！？]/g)).toHaveLength(1);
  expect(sayNext(next, translator('en'))).not.toMatch(/\{\{|next\./);
});

test.each(outcomes)('%s ends it: nobody has to act', (outcome) => {
  const next = nextStep(situation({ stage: 'closed', outcome, pending: ['cancel'] }), noon);
  expect(next.turn).toBe('over');
  expect(sayNext(next, translator('zh-CN')).match(/[。！？]/g)).toHaveLength(1);
});

test('every stage has a sentence', () => {
  for (const stage of stages) expect(hasSentence(nextStep(situation({ stage }), noon).words)).toBe(true);
});
