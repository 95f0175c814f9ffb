import { setTimeout as wait } from 'node:timers/promises';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import type { FaultMode, Faults } from '../faults.ts';
import type { PayAccount } from './account.ts';
import { withOneMore } from './call.ts';
import { seal, signedHeaders } from './seal.ts';

/** One try to tell the merchant of an event. */
export interface NoticeTry {
  /** The event's. */
  id: string;
  type: string;
  /** The merchant's number of the order or the refund. */
  number: string;
  at: Date;
  /** How it was sent; `none`: as it should be. */
  mode: FaultMode;
  /** The answer's status; absent: none came. */
  status?: number;
}

export interface PayNotices {
  tell(type: string, of: { number: string; noticesTo: string; serial: string }, inside: Record<string, unknown>): void;
  /** Once more, whatever was answered. @returns false where no such event was sent */
  repeat(id: string): boolean;
  tries: NoticeTry[];
  stop(): void;
}

/** Seconds between tries, as the documentation has them. */
const pauses = [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];
const patience = 5_000;
const slowMs = 1_500;
const tooOldMs = 301_000;

interface Event {
  id: string;
  type: string;
  of: { number: string; noticesTo: string; serial: string };
  inside: Record<string, unknown>;
}

export function createPayNotices(settings: SandboxSettings, account: PayAccount, faults: Faults, log: Log): PayNotices {
  const stopping = new AbortController();
  const signal = stopping.signal;
  const tries: NoticeTry[] = [];
  const sent = new Map<string, Event>();
  /** Held until the next one is out. */
  let held: Event[] = [];

  /** @returns whether the merchant took it */
  async function post({ id, type, of, inside }: Event, mode: FaultMode): Promise<boolean> {
    const kind = type.startsWith('REFUND.') ? 'refund' : 'transaction';
    const resource = seal(account.apiKey, JSON.stringify(mode === 'sum' ? withOneMore(inside) : inside), kind);
    const body = JSON.stringify({
      id,
      create_time: new Date().toISOString(),
      resource_type: 'encrypt-resource',
      event_type: type,
      summary: kind === 'refund' ? '退款通知' : '支付成功',
      resource: {
        original_type: kind,
        ...resource,
        ...(mode === 'changed' ? { ciphertext: changed(resource.ciphertext) } : {}),
      },
    });
    const signer = account.signer(of.serial);
    const by = mode === 'forged' ? account.stranger(signer.serial) : signer;
    const headers = signedHeaders(by, body, mode === 'stale' ? Date.now() - tooOldMs : Date.now());
    if (mode === 'probe') headers['Wechatpay-Signature'] = `WECHATPAY/SIGNTEST/${headers['Wechatpay-Signature']}`;
    if (mode === 'slow') await wait(slowMs, undefined, { signal });
    const entry: NoticeTry = { id, type, number: of.number, at: new Date(), mode };
    tries.push(entry);
    try {
      const response = await fetch(of.noticesTo, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        redirect: 'error',
        signal: AbortSignal.any([AbortSignal.timeout(patience), signal]),
      });
      await response.body?.cancel();
      entry.status = response.status;
      return response.status === 200 || response.status === 204;
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'the site takes no notifications of payments');
      return false;
    }
  }

  async function deliver(event: Event): Promise<void> {
    for (const pause of [0, ...pauses]) {
      await wait((pause * 1000) / settings.SANDBOX_PAY_HASTE, undefined, { signal, ref: false });
      const mode = faults.take('pay.notice');
      if (mode === 'never') return;
      if (mode === 'late') return void held.push(event);
      // What is sent wrongly is no try of WeChat Pay's: the right one follows, whatever was answered.
      const taken = await post(event, mode);
      if (mode === 'twice') await post(event, 'none');
      const isWrong = mode === 'forged' || mode === 'probe' || mode === 'stale' || mode === 'changed';
      if (taken && !isWrong) break;
    }
    const waiting = held;
    held = [];
    for (const one of waiting) await deliver(one);
  }

  return {
    tell(type, of, inside) {
      const event = { id: crypto.randomUUID(), type, of, inside };
      sent.set(event.id, event);
      deliver(event).catch(() => {});
    },
    repeat(id) {
      const event = sent.get(id);
      if (event) post(event, 'none').catch(() => {});
      return event !== undefined;
    },
    tries,
    stop: () => stopping.abort(),
  };
}

function changed(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString('base64');
}
