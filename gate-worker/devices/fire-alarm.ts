import type { Log } from '../../platform/log.ts';
import type { DeviceFacts } from './facts.ts';

/** Whether the building says that it burns: as long as one input does, every arm stands open, both ways. */
export type FireAlarm = ReturnType<typeof createFireAlarm>;

/**
 * A gate that starts again during a fire stays open.
 * @param known names of the inputs that this gate is set up with: another one could never say that it is over
 */
export function createFireAlarm(known: readonly string[], facts: DeviceFacts, log: Log) {
  const said = Object.entries(JSON.parse(facts.read('fire_alarm') ?? '{}') as Record<string, number>);
  /** Since when which input says so, epoch milliseconds. */
  const inputs = new Map(said.filter(([input]) => known.includes(input)));
  if (inputs.size < said.length) log.warn('a fire alarm is dropped: its input is not set up any more');
  const listeners: ((on: boolean) => void)[] = [];
  const isOn = (): boolean => inputs.size > 0;

  return {
    isOn,
    /** Told when the first input says so, and when none does any more; at once where one does already. */
    onChange(listener: (on: boolean) => void): void {
      listeners.push(listener);
      if (isOn()) listener(true);
    },
    /** @param input name of the device */
    set(input: string, on: boolean, now = Date.now()): void {
      if (inputs.has(input) === on) return;
      const before = isOn();
      if (on) inputs.set(input, now);
      else inputs.delete(input);
      facts.write('fire_alarm', JSON.stringify(Object.fromEntries(inputs)));
      if (before === isOn()) return;
      log.warn({ device: input }, isOn() ? 'fire alarm: every arm opens' : 'the fire alarm is over');
      for (const listener of listeners) listener(isOn());
    },
  };
}
