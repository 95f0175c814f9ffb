import { setTimeout as wait } from 'node:timers/promises';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import type { Faults } from '../faults.ts';
import type { SmsMessage } from '../memory.ts';

/** What the provider posts to the site a moment after a text: what the network says became of it. */
export interface SmsReceipts {
  send(text: SmsMessage): void;
  stop(): void;
}

const tries = 4;
const patience = 5_000;

/** "短信下发状态通知", Tencent Cloud SMS: several in one array, no signature; anything but `result: 0` brings it back. */
export function createSmsReceipts(settings: SandboxSettings, faults: Faults, log: Log): SmsReceipts {
  const stopping = new AbortController();

  async function post(body: string): Promise<boolean> {
    for (let attempt = 1; attempt <= tries && !stopping.signal.aborted; attempt += 1) {
      try {
        const answer = await fetch(`${settings.PUBLIC_URL}/sms/receipts/${settings.SMS_RECEIPT_KEY}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
          redirect: 'error',
          signal: AbortSignal.any([AbortSignal.timeout(patience), stopping.signal]),
        });
        const said = (await answer.json()) as { result?: number };
        if (answer.status === 200 && said.result === 0) return true;
        log.warn({ status: answer.status, attempt }, 'a receipt of a text was not taken');
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error, attempt }, 'the site takes no receipts of texts');
      }
      await wait(500, undefined, { signal: stopping.signal }).catch(() => {});
    }
    return false;
  }

  async function deliver(text: SmsMessage): Promise<void> {
    const mode = faults.take('sms.receipt');
    if (mode === 'never' || !settings.SMS_RECEIPT_KEY) return;
    await wait(200, undefined, { signal: stopping.signal });
    const failed = mode === 'failed';
    const body = JSON.stringify([
      {
        user_receive_time: localTime(new Date()),
        nationcode: text.phone.startsWith('+') ? '' : '86',
        mobile: text.phone,
        report_status: failed ? 'FAIL' : 'SUCCESS',
        errmsg: failed ? 'UNDELIV' : 'DELIVRD',
        description: failed ? '用户短信接收失败' : '用户短信接收成功',
        sid: text.serial,
      },
    ]);
    if (await post(body)) text.receipt = failed ? 'FAIL' : 'SUCCESS';
    if (mode === 'twice') await post(body);
  }

  return {
    send(text) {
      deliver(text).catch(() => {});
    },
    stop: () => stopping.abort(),
  };
}

/** As the provider writes it: Beijing's time, without a zone. */
const localTime = (at: Date): string =>
  new Date(at.getTime() + 8 * 3600_000).toISOString().slice(0, 19).replace('T', ' ');
