/** Our orders and refunds have UUIDs; the provider knows each by its 32 hexadecimal digits. */

export const numberOf = (id: string): string => id.replaceAll('-', '').toLowerCase();

/** Undefined: not a number of ours. Another shop of the same merchant has numbers of its own. */
export function idOf(number: string): string | undefined {
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(number);
  return parts ? parts.slice(1).join('-') : undefined;
}

/** As the provider writes and reads a moment: Shanghai's time, to the second. */
export const shanghaiTime = (at: Date): string =>
  `${new Date(at.getTime() + 8 * 3600_000).toISOString().slice(0, 19)}+08:00`;
