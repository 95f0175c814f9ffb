import type { Request, Response } from 'express';

/** Of every call to WeChat Pay. */
const payCall = [
  'none',
  'busy',
  'error',
  'refuse',
  'drop',
  'hang',
  'slow',
  'lose',
  'unsigned',
  'forged',
  'probe',
  'stale',
  'foreign',
  'sum',
] as const;

/** Of a message to somebody where staff are. */
const messengerCall = ['none', 'busy', 'quota', 'refuse', 'token', 'hang', 'lose'] as const;

/** Where the sandbox can be made to misbehave, and how. */
export const faultModes = {
  'wechat.token': ['none', 'busy', 'refuse', 'hang', 'lose'],
  'wechat.oauth': ['none', 'busy', 'snapshot', 'hang', 'lose'],
  'wechat.send': ['none', 'busy', 'quota', 'refuse', 'token', 'hang', 'lose'],
  'wechat.menu': ['none', 'busy', 'refuse', 'hang', 'lose'],
  'wechat.receipt': ['none', 'system_failed', 'twice', 'never'],
  'sms.send': ['none', 'busy', 'quota', 'refuse', 'drop', 'hang', 'lose', 'timeout'],
  'sms.receipt': ['none', 'failed', 'twice', 'never'],
  'cas.validate': ['none', 'busy', 'late'],
  'mail.send': ['none', 'busy', 'refuse', 'hang', 'lose', 'bounce'],
  'wecom.token': ['none', 'busy', 'refuse', 'hang', 'lose'],
  'wecom.send': messengerCall,
  'wecom.update': ['none', 'busy', 'refuse', 'token', 'hang'],
  'wecom.callback': ['none', 'never', 'twice', 'forged', 'stale'],
  'feishu.token': ['none', 'busy', 'refuse', 'hang', 'lose'],
  'feishu.send': messengerCall,
  'feishu.callback': ['none', 'never', 'twice', 'forged', 'stale'],
  'dingtalk.token': ['none', 'busy', 'refuse', 'hang', 'lose'],
  'dingtalk.send': [...messengerCall, 'failed'],
  'dingtalk.callback': ['none', 'never', 'twice', 'forged', 'stale'],
  'pay.open': payCall,
  'pay.query': payCall,
  'pay.close': payCall,
  'pay.refund': payCall,
  'pay.bill': [...payCall, 'changed'],
  'pay.notice': ['none', 'never', 'twice', 'late', 'slow', 'forged', 'probe', 'stale', 'changed', 'sum'],
  'pay.outcome': ['none', 'failed', 'closed', 'never'],
} as const;

export type FaultTarget = keyof typeof faultModes;

/** `drop`: closes the line and does nothing. `lose`: does it, then closes the line without an answer. `hang`: does nothing and never answers. `timeout`: does it, says it ran late. `failed`: what was taken did not arrive. `late`: what is asked about is over. `slow`: takes its time. `error`: says that something went wrong within. `unsigned`, `forged`, `probe`, `stale`: does it, and answers without a signature, with that of a stranger, with one that tests whether it is checked, or with an old one; a notification likewise. `foreign`: the answer is about another merchant's order. `sum`: it names a fen more than there was. `changed`: what it hands over was changed on its way. Of a notification `late`: after the next one. `closed`: the refund was given up. `bounce`: takes it, and reports later that it could not be delivered. */
export type FaultMode = (typeof faultModes)[FaultTarget][number];

export interface Fault {
  mode: FaultMode;
  /** How many more times; absent: until changed. */
  times?: number;
}

export interface Faults {
  /** What to do this time; counts down. */
  take(target: FaultTarget): FaultMode;
  /** What `take` will say next, for a partner that is asked in several steps. */
  peek(target: FaultTarget): FaultMode;
  /** False when this target has no such mode. */
  set(target: string, mode: string, times?: number): boolean;
  list(): Record<FaultTarget, Fault>;
}

export function createFaults(): Faults {
  const current = new Map<FaultTarget, Fault>();
  return {
    take(target) {
      const fault = current.get(target);
      if (!fault) return 'none';
      if (fault.times !== undefined) {
        fault.times -= 1;
        if (fault.times <= 0) current.delete(target);
      }
      return fault.mode;
    },
    peek: (target) => current.get(target)?.mode ?? 'none',
    set(target, mode, times) {
      if (!Object.hasOwn(faultModes, target)) return false;
      const name = target as FaultTarget;
      const known = faultModes[name].find((one) => one === mode);
      if (!known) return false;
      if (known === 'none') current.delete(name);
      else current.set(name, { mode: known, ...(times === undefined ? {} : { times }) });
      return true;
    },
    list() {
      const entries = Object.keys(faultModes).map((target) => {
        return [target, { ...(current.get(target as FaultTarget) ?? { mode: 'none' }) }];
      });
      return Object.fromEntries(entries);
    },
  };
}

/** The line goes dead after the work was done. */
export function loseAnswer(request: Request, _response: Response): void {
  request.socket.destroy();
}
