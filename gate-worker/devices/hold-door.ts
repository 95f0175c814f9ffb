import { second } from '../../domain/time.ts';
import type { DeviceAdapter, House } from './device.ts';
import type { DeviceSettings } from './device-settings.ts';
import type { Isapi } from './isapi.ts';

const againAfter = 5 * second;

/**
 * Keeps a terminal's door open as long as it burns. It is told until it has taken it, one call after the other: nobody stands
 * before a shut door meanwhile, or finds it open afterwards, also where the gate was started again in between.
 */
export function holdDoor(
  { name, door }: DeviceSettings & { door: number },
  { isapi, desk, facts, log }: House & { isapi: Isapi },
): Required<Pick<DeviceAdapter, 'holdOpen' | 'stop'>> {
  const fact = `${name} held`;
  let wanted = desk.fire.isOn();
  /** Undefined: it may have taken what it was told last, or not. */
  let told: boolean | undefined = facts.read(fact) === 'yes' ? undefined : false;
  let isTelling = false;
  let again: NodeJS.Timeout | undefined;
  let isOver = false;

  async function tell(): Promise<void> {
    if (isTelling) return;
    isTelling = true;
    clearTimeout(again);
    try {
      while (told !== wanted) await tellOnce(wanted);
    } catch (error) {
      log.error({ err: error, device: name }, 'a terminal was not told of the fire alarm');
      if (!isOver) again = setTimeout(tell, againAfter);
    }
    isTelling = false;
  }

  async function tellOnce(open: boolean): Promise<void> {
    told = undefined;
    if (open) facts.write(fact, 'yes');
    await isapi.door(door, open ? 'alwaysOpen' : 'close');
    told = open;
    if (!open) facts.write(fact, 'no');
  }

  if (told !== wanted) void tell();
  return {
    holdOpen(open) {
      wanted = open;
      void tell();
    },
    async stop() {
      isOver = true;
      clearTimeout(again);
    },
  };
}
