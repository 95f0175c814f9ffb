import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { expect } from 'vitest';
import { markFor } from '../../web/kept-form/mark.ts';
import type { System } from '../system.ts';
import { fingerprint } from './fingerprint.ts';
import type { Opened } from './form.ts';

/** What may come where the own mark belongs, and what it is answered. */
export function wrongMarks(system: System): [what: string, mark: string, status: number][] {
  const [own, other] = [markFor(system, randomUUID()), markFor(system, randomUUID())];
  const forged = own.slice(0, 43) + other.slice(43);
  return [
    ['another person’s', other, 409],
    ['a forged one', forged, 403],
    ['none', '', 403],
  ];
}

/** Sent by somebody whom nobody knows yet. */
const drawnForNobody = [
  '获取验证码',
  '注册',
  '重新使用原账号',
  '访客验证码',
  '他人填写的我的信息, 获取验证码',
  '他人填写的我的信息',
  '到服务台办理',
  'a phone that binds a pass',
  'staff login',
  'forgotten password',
  'staff password',
];

/** A form writes nothing with another person’s mark, with a forged one, or without one. Nothing is on its way around it. */
export async function hitWithWrongMarks(system: System, name: string, form: Opened): Promise<void> {
  if (drawnForNobody.includes(name)) return;
  const before = await fingerprint(system.owner);
  for (const [what, mark, status] of wrongMarks(system)) {
    await form.before?.();
    const answer = await form.send({ ...form.good, form_owner: mark });
    expect(answer.status, what).toBe(status);
    expect(load(answer.text)('[role=alert]').text(), what).toMatch(/没有提交/);
  }
  expect(await fingerprint(system.owner)).toEqual(before);
}
