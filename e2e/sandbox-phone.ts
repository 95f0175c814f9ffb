import { until } from '../testing/until.ts';

export interface Text {
  phone: string;
  template: string;
  values: string[];
  text: string;
}
export interface WechatMessage {
  openid: string;
  title: string;
  fields: { key: string; label: string; value: string }[];
  url: string;
}

/** What arrived on the phones of the sandbox, newest first. */
export class SandboxPhones {
  readonly #sandbox: string;
  constructor(sandbox: string) {
    this.#sandbox = sandbox;
  }

  texts(phone: string): Promise<Text[]> {
    return this.#ask(`/inspect/sms?phone=${encodeURIComponent(phone)}`);
  }

  wechatMessages(openid: string): Promise<WechatMessage[]> {
    return this.#ask(`/inspect/wechat?openid=${encodeURIComponent(openid)}`);
  }

  /** A person with WeChat who follows the account. */
  async newWechatPerson(nickname: string): Promise<{ openid: string; nickname: string }> {
    const answer = await fetch(`${this.#sandbox}/inspect/people`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ nickname, following: true }),
    });
    return (await answer.json()) as { openid: string; nickname: string };
  }

  /** The newest code that proves a phone, once more texts than `after` have arrived and it is one of those. */
  loginCode(phone: string, after = 0): Promise<string> {
    return until(async () => {
      const all = await this.texts(phone);
      const newer = all.slice(0, Math.max(0, all.length - after));
      // A message about a visit may come between, with a code of another kind further on in it.
      return newer.map(({ values }) => values[0] ?? '').find((first) => /^\d{6}$/.test(first));
    }, `a code to ${phone}`);
  }

  async #ask<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.#sandbox}${path}`);
    if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}`);
    return (await answer.json()) as T;
  }
}
