import { z } from 'zod';
import { channels } from '../../domain/reservation.ts';
import { day, isRealDay, startOfDay } from '../../domain/time.ts';
import { type InboxTab, type InboxView, inboxTabs } from '../../store/approval/inbox.ts';
import { isUuid } from '../is-uuid.ts';

/** What of the inbox is looked at, as it stands in an address: ids and words of ours, never a name or a number of somebody. */
export interface ChosenView {
  tab: InboxTab;
  sort: 'due' | 'newest';
  channel?: string | undefined;
  campus?: string | undefined;
  department?: string | undefined;
  /** 'YYYY-MM-DD', Shanghai: the visit touches it. */
  day?: string | undefined;
  /** Only these tasks: those that were ticked. */
  only: string[];
}

const id = z.string().refine(isUuid).optional().catch(undefined);
const query = z.object({
  tab: z.enum(inboxTabs).catch('waiting'),
  sort: z.enum(['due', 'newest']).catch('due'),
  channel: z.enum(channels).optional().catch(undefined),
  campus: id,
  department: id,
  day: z.string().refine(isRealDay).optional().catch(undefined),
  only: z.preprocess((value) => [value].flat().filter(isUuid), z.array(z.string()).max(50)).catch([]),
});

/** What no page of ours asks is left out. */
export const readView = (asked: unknown): ChosenView => query.parse(asked ?? {});

export function storedView({ tab, sort, channel, campus, department, day: chosen, only }: ChosenView): InboxView {
  const from = chosen ? startOfDay(chosen) : undefined;
  return {
    tab,
    sort,
    ...(channel && { channel: channel as NonNullable<InboxView['channel']> }),
    ...(campus && { campus }),
    ...(department && { department }),
    ...(from && { visit: { from, until: new Date(from.getTime() + day) } }),
    ...(only.length > 0 && { only }),
  };
}

/** `?tab=mine&…` with what differs from the usual; '' for nothing. */
export function addressOf(view: Partial<ChosenView>, more: Record<string, string> = {}): string {
  const said = new URLSearchParams();
  const usual: Record<string, string> = { tab: 'waiting', sort: 'due' };
  for (const [name, value] of Object.entries({ ...view, ...more })) {
    for (const one of [value].flat()) if (one && usual[name] !== one) said.append(name, one);
  }
  const text = said.toString();
  return text === '' ? '' : `?${text}`;
}
