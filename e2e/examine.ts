import { expect } from 'vitest';
import { accessibilityProblems } from './browser.ts';
import type { Look } from './walk.ts';
import { expectWords } from './words.ts';

/** Words of the visitor guide, in its order, on each page of the way. */
const guide: Record<string, string[]> = {
  register: ['手机号', '验证码', '获取验证码', '我已认真阅读并同意', '注册'],
  consent: ['隐私信息填写须知', '不同意', '同意'],
  profile: [
    '完善个人信息',
    '姓名',
    '手机号',
    '证件类型',
    '身份证',
    '护照',
    '证件号',
    '性别',
    '证件照片',
    '人脸',
    '车牌号',
    '单位',
    '隐私政策',
    '确认',
  ],
  home: [
    '欢迎来到河北科技大学',
    '我的凭证',
    '园区通行证',
    '当前暂无行程',
    '个人访客通道',
    '因公访客通道',
    '我的预约',
    '访客须知',
  ],
  form: [
    '访客预约',
    '访客信息',
    '姓名',
    '手机号',
    '证件类型',
    '证件号',
    '性别',
    '车牌号',
    '单位',
    '访问信息',
    '访问园区',
    '访问部门',
    '被访人',
    '访问事由',
    '访问时间',
    '提交预约',
  ],
  pass: ['通行凭证', '校本部', '通行时', '请出示二维码核验'],
};

/** A page that is met is free of what axe finds, fits the screen's width and says the guide's words. */
export const examine: Look = async (name, page) => {
  const sideways = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  expect(sideways, `${name} scrolls sideways`).toBe(0);
  expect(await accessibilityProblems(page), `${name} ${page.url()}`).toEqual([]);
  const words = guide[name];
  if (words) await expectWords(page, words);
};

/** For a way that is walked again: its pages have been examined. */
export const pass: Look = async () => {};
