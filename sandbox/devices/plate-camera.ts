import { type Misbehaviour, type SimulatedDevice, send } from './device.ts';

/**
 * A 臻识 plate camera: pushes what it reads, raises its barrier to `info: "ok"` of an answer, and sends a vehicle again, as often
 * as it is set to, until an answer has the object that it waits for. What nobody answered it keeps, and tells later as `isoffline` 1.
 */
export interface PlateCamera extends SimulatedDevice {
  /** What it kept goes to the gate, one after the other, as long as that asks for more. @returns how often the barrier rose */
  sendKept(): Promise<number>;
  /** @returns the answer's status */
  beat(): Promise<number | undefined>;
  /** One of its four inputs closes or opens. */
  input(number: number, closed: boolean): Promise<void>;
}

interface Vehicle {
  license: string;
  plateid: number;
  sec: number;
}

export function createPlateCamera(
  gate: () => string,
  own: { name: string; secret: string; serial: string; password: string; resendings: 0 | 1 | 2 | 3 | 4 },
): PlateCamera {
  let count = 21_084;
  let last: Vehicle | undefined;
  let status: number | undefined;
  let kept: Vehicle[] = [];
  const at = (what: string, secret = own.secret) => `${gate()}/devices/${own.name}/${secret}/${what}`;

  async function push(vehicle: Vehicle, isoffline: 0 | 1, wrong: Misbehaviour = {}): Promise<Answer | undefined> {
    const body = JSON.stringify(
      message(wrong.lies === 'serial' ? 'another-serial' : own.serial, vehicle, isoffline, wrong),
    );
    const secret = wrong.lies === 'secret' ? `${own.secret}x` : own.secret;
    const headers = { 'Content-Type': wrong.type ?? 'application/json' };
    const response = await send(at('plate', secret), { method: 'POST', headers, body }, wrong);
    status = response?.status;
    const answer = (await response?.json().catch(() => undefined)) as Record<string, Answer> | undefined;
    return status === 200 ? answer?.Response_AlarmInfoPlate : undefined;
  }

  async function tell(vehicle: Vehicle, wrong?: Misbehaviour): Promise<boolean> {
    for (let sending = 0; sending <= own.resendings; sending += 1) {
      const answer = await push(vehicle, 0, wrong);
      if (answer?.info === 'ok') return true;
      if (answer?.content === 'retransfer_stop') return false;
    }
    kept.push(vehicle);
    return false;
  }

  return {
    show(license, wrong) {
      count += 1;
      last = { license, plateid: count, sec: Math.floor(Date.now() / 1000) };
      return tell(last, wrong);
    },
    again: () => (last ? tell(last) : Promise.resolve(false)),
    lastStatus: () => status,
    async sendKept() {
      let raised = 0;
      const waiting = kept;
      kept = [];
      for (const vehicle of waiting) {
        const answer = await push(vehicle, 1);
        if (answer?.info === 'ok') raised += 1;
        if (answer?.ContinuePushOffline?.continue !== 1) break;
      }
      return raised;
    },
    async beat() {
      const form = new FormData();
      const fields = { device_name: 'IVS', ipaddr: '192.0.2.7', port: '80', user_name: 'admin', pass_wd: own.password };
      for (const [name, value] of Object.entries({ ...fields, serialno: own.serial, channel_num: '1' }))
        form.set(name, value);
      return (await fetch(at('heartbeat'), { method: 'POST', body: form })).status;
    },
    async input(number, closed) {
      const result = { TriggerResult: { source: number - 1, value: closed ? 1 : 0 } };
      const body = JSON.stringify({
        AlarmGioIn: { deviceName: 'IVS', ipaddr: '192.0.2.7', result, serialno: own.serial },
      });
      await send(at('input'), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    },
  };
}

interface Answer {
  info?: string;
  content?: string;
  ContinuePushOffline?: { plateid: number; continue: number };
}

const message = (
  serialno: string,
  { license, plateid, sec }: Vehicle,
  isoffline: 0 | 1,
  { padding = 0 }: Misbehaviour,
) => ({
  AlarmInfoPlate: {
    channel: 0,
    deviceName: 'IVS',
    ipaddr: '192.0.2.7',
    serialno,
    result: {
      PlateResult: {
        license,
        confidence: 96,
        type: 1,
        direction: 4,
        triggerType: 8,
        plateid,
        isoffline,
        imageFile: 'x'.repeat(padding),
        timeStamp: { Timeval: { sec, usec: 672_241 } },
      },
    },
  },
});
