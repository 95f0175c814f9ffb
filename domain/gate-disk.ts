/** What a gate says of a disk that it cannot write, with every request for its feed until it can. */
export interface UnwrittenDisk {
  /** Epoch milliseconds, by the gate's clock. */
  since: number;
  /** Answers that are in the gate's memory only. */
  kept: number;
  /** Entries and exits that nobody will be told of. */
  lost: number;
}

/** As it stands in the request's header. */
export const writeUnwrittenDisk = ({ since, kept, lost }: UnwrittenDisk): string => `${since},${kept},${lost}`;

/** @returns undefined where it is missing or malformed */
export function readUnwrittenDisk(text: string): UnwrittenDisk | undefined {
  const [, since, kept, lost] = /^(\d{1,15}),(\d{1,9}),(\d{1,9})$/.exec(text) ?? [];
  return since === undefined ? undefined : { since: Number(since), kept: Number(kept), lost: Number(lost) };
}

/** What a gate signs of it. */
export const unwrittenDiskText = (told: { gate: string; time: number; disk: string }): string =>
  `xm-gate-disk\n${told.gate}\n${told.time}\n${told.disk}`;
