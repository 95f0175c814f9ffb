import type { OverstayTimes } from '../domain/overstay.ts';
import type { WebSettings, WorkerSettings } from './config.ts';

type Settings = Pick<
  WebSettings & WorkerSettings,
  Extract<keyof WebSettings, `${'DRAFT' | 'SETTLE' | 'OVERSTAY'}_${string}`>
>;

/** What a visit is started with, as it is set; ms. */
export const durationsOf = (settings: Settings): { draftTtl: number; settleFor: number; overstay: OverstayTimes } => ({
  draftTtl: settings.DRAFT_TTL_MS,
  settleFor: settings.SETTLE_FOR_MS,
  overstay: {
    ask: settings.OVERSTAY_ASK_MS,
    again: settings.OVERSTAY_AGAIN_MS,
    security: settings.OVERSTAY_SECURITY_MS,
    close: settings.OVERSTAY_CLOSE_MS,
  },
});
