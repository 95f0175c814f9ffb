import { z } from 'zod';
import { dropUnseen } from './characters.ts';
import { isHandCheckedPlate, isNewEnergyPlate } from './plate.ts';
import { type Channel, channels } from './reservation.ts';

/**
 * What it costs to bring a vehicle in: a table of one campus, in versions that never change. Money is in fen, a whole
 * number: 100 are one yuan.
 */

/** What a plate says of its vehicle: eight characters are new energy; embassies, services and the military are declared as special. */
export const vehicleKinds = ['ordinary', 'new_energy', 'special'] as const;
export type VehicleKind = (typeof vehicleKinds)[number];

/** @param plate normalised */
export function vehicleKind(plate: string): VehicleKind {
  if (isHandCheckedPlate(plate)) return 'special';
  return isNewEnergyPlate(plate) ? 'new_energy' : 'ordinary';
}

/** In fen. WeChat Pay takes at least one; more than this is a slip of the pen. */
export const highestFee = 100_000;
/** In hours. An order of WeChat Pay lives seven days at most. */
export const longestPayTime = 168;

const amount = z.int().min(0).max(highestFee);
const row = z.strictObject({ ordinary: amount, new_energy: amount, special: amount });
/** A table of fees as it is kept. Official visits are free where their row says so. */
export const feeTable = z.strictObject({
  per: z.enum(['visit', 'day']),
  amounts: z.strictObject({ personal: row, official: row }),
  /** How long after the approval it may be paid, in hours; never longer than the visit lasts. */
  payWithin: z.int().min(1).max(longestPayTime),
  /** What a shortened stay costs less goes back. */
  refundsShorter: z.boolean(),
});
export type FeeTable = z.output<typeof feeTable>;

export const freeTable: FeeTable = {
  per: 'visit',
  amounts: {
    personal: { ordinary: 0, new_energy: 0, special: 0 },
    official: { ordinary: 0, new_energy: 0, special: 0 },
  },
  payWithin: 24,
  refundsShorter: false,
};

export const isFree = ({ amounts }: FeeTable): boolean =>
  channels.every((channel) => vehicleKinds.every((kind) => amounts[channel][kind] === 0));

/** In fen. `days`: calendar days in Shanghai that the visit touches. */
export function feeOf(
  { per, amounts }: FeeTable,
  { channel, plate, days }: { channel: Channel; plate: string | null; days: number },
): number {
  if (plate === null) return 0;
  return amounts[channel][vehicleKind(plate)] * (per === 'day' ? days : 1);
}

/** How an order is paid: within WeChat, on a browser of a phone, by a code that another phone reads, or at the gate. */
export const payMethods = ['jsapi', 'h5', 'native', 'cash'] as const;
export type PayMethod = (typeof payMethods)[number];

/** What of a reservation's money is with the office, fen; `movements`: payments and repayments so far, so that the newest counts. */
export interface Money {
  kept: number;
  movements: number;
}

/** Why money goes back. */
export const refundReasons = ['ended', 'shortened', 'surplus'] as const;
export type RefundReason = (typeof refundReasons)[number];

/**
 * The one rule of money: what is kept is what is owed; whatever was paid beyond it goes back.
 *
 * @param paid orders that were paid, oldest first, with what of each went back or is on its way
 * @returns what goes back now, newest order first, so that a double payment is the one that returns
 */
export function surplusOf(
  owed: number,
  paid: readonly { order: string; amount: number; refunded: number }[],
): { order: string; amount: number }[] {
  let surplus = keptOf(paid) - owed;
  const back: { order: string; amount: number }[] = [];
  for (const { order, amount, refunded } of paid.toReversed()) {
    const part = Math.min(surplus, amount - refunded);
    if (part <= 0) continue;
    back.push({ order, amount: part });
    surplus -= part;
  }
  return back;
}

/** What is with the office, in fen. */
export const keptOf = (paid: readonly { amount: number; refunded: number }[]): number =>
  paid.reduce((kept, { amount, refunded }) => kept + amount - refunded, 0);

/** Yuan with two digits, without a sign of the currency: `10.00`. */
export const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;

/** Reads yuan as somebody types them; undefined where it is no amount. At most two digits after the point. */
export function readYuan(text: string): number | undefined {
  const typed = /^(\d{1,6})(?:[.．。](\d{1,2}))?$/u.exec(
    dropUnseen(text)
      .normalize('NFKC')
      .replace(/[¥￥元\s]/gu, ''),
  );
  if (!typed?.[1]) return undefined;
  return Number(typed[1]) * 100 + Number((typed[2] ?? '').padEnd(2, '0'));
}
