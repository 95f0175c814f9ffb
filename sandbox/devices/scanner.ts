import { randomUUID } from 'node:crypto';
import { type Misbehaviour, type SimulatedDevice, send } from './device.ts';

/** A turnstile's scanner that asks `POST /scan`. Its arm opens to `open: true` of an answer 200, and to nothing else. */
export function createScanner(gate: () => string, own: { token: string; direction: 'in' | 'out' }): SimulatedDevice {
  let last = '';
  let status: number | undefined;

  async function ask(body: string, wrong: Misbehaviour = {}): Promise<boolean> {
    const token = wrong.lies ? `${own.token}x` : own.token;
    const headers = { 'Content-Type': wrong.type ?? 'application/json', Authorization: `Bearer ${token}` };
    const response = await send(`${gate()}/scan`, { method: 'POST', headers, body }, wrong);
    status = response?.status;
    const answer = (await response?.json().catch(() => undefined)) as { open?: unknown } | undefined;
    return status === 200 && answer?.open === true;
  }

  return {
    show(text, wrong = {}) {
      const credential = { kind: 'qr', value: text + 'x'.repeat(wrong.padding ?? 0) };
      last = JSON.stringify({ device: 'scanner', credential, direction: own.direction, nonce: randomUUID() });
      return ask(last, wrong);
    },
    again: () => ask(last),
    lastStatus: () => status,
  };
}
