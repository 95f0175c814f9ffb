import { type Misbehaviour, type SimulatedDevice, send } from './device.ts';

/**
 * A ZKTeco access controller that speaks PUSH: greets with its key, registers, tells what was read, and asks for commands, of
 * which it knows `CONTROL DEVICE`. Where it is not known any more it greets again. A command that it does not understand is
 * answered `Return=-1002`, as firmware does.
 */
export interface Zkteco extends SimulatedDevice {
  /** Asks for commands and does them. @returns whether the door opened */
  poll(): Promise<boolean>;
  /** Somebody stood before it an hour ago, while it was cut off. @returns whether the door opened */
  tellKept(text: string): Promise<boolean>;
  /** How often it had to greet. */
  greetings(): number;
  /** Whether its door is set to stay open. */
  isHeldOpen(): boolean;
}

export function createZkteco(gate: () => string, own: { serial: string; secret: string; inoutstatus: 0 | 1 }): Zkteco {
  let index = 40;
  let last = '';
  let status: number | undefined;
  let isHeld = false;
  let greetings = 0;

  async function call(path: string, body?: string, wrong: Misbehaviour = {}): Promise<string | undefined> {
    const request = body === undefined ? { method: 'GET', headers: {} } : post(body, wrong.type);
    const response = await send(`${gate()}/iclock/${path}`, request, wrong);
    status = response?.status;
    return response?.ok ? response.text() : undefined;
  }
  const serial = (wrong: Misbehaviour) => (wrong.lies === 'serial' ? 'AAAA00000000' : own.serial);

  async function greet(wrong: Misbehaviour = {}): Promise<void> {
    greetings += 1;
    const key = wrong.lies === 'secret' ? `${own.secret}x` : own.secret;
    const greeting = await call(
      `cdata?SN=${serial(wrong)}&options=all&pushver=3.1.2&DeviceType=acc&pushcommkey=${key}`,
    );
    if (greeting?.startsWith('registry=ok')) await call(`registry?SN=${serial(wrong)}`, 'DeviceType=acc,LockCount=1');
  }

  async function tell(line: string, wrong: Misbehaviour = {}): Promise<boolean> {
    const path = `cdata?SN=${serial(wrong)}&table=rtlog`;
    let answer = wrong.lies ? undefined : await call(path, line, wrong);
    if (answer === undefined && !wrong.dies) {
      await greet(wrong);
      answer = await call(path, line, wrong);
    }
    return answer?.trim() === 'OK' && poll();
  }

  async function poll(): Promise<boolean> {
    const told = (await call(`getrequest?SN=${own.serial}`)) ?? '';
    let opened = false;
    for (const command of told.split('\n').filter((line) => line !== '' && line !== 'OK')) {
      const [, id, text = ''] = /^C:(\d+):(.+)$/.exec(command) ?? [];
      const [, seconds] = /^CONTROL DEVICE 010101([0-9A-F]{2})$/.exec(text) ?? [];
      if (seconds === 'FF' || seconds === '00') isHeld = seconds === 'FF';
      else if (seconds !== undefined) opened = true;
      await call(
        `devicecmd?SN=${own.serial}`,
        `ID=${id}&Return=${seconds === undefined ? -1002 : 0}&CMD=CONTROL DEVICE\n`,
      );
    }
    return opened;
  }

  /** Its clock shows the time of Shanghai. */
  function lineOf(card: string, at: number): string {
    index += 1;
    const time = new Date(at + 8 * hour).toISOString().slice(0, 19).replace('T', ' ');
    return `time=${time}\tpin=0\tcardno=${card}\teventaddr=1\tevent=27\tinoutstatus=${own.inoutstatus}\tverifytype=4\tindex=${index}\n`;
  }

  return {
    show(text, wrong = {}) {
      last = lineOf(text + 'x'.repeat(wrong.padding ?? 0), Date.now());
      return tell(last, wrong);
    },
    tellKept: (text) => tell(lineOf(text, Date.now() - hour)),
    again: () => tell(last),
    lastStatus: () => status,
    poll,
    greetings: () => greetings,
    isHeldOpen: () => isHeld,
  };
}

const hour = 3_600_000;
const post = (body: string, type = 'text/plain') => ({ method: 'POST', headers: { 'Content-Type': type }, body });
