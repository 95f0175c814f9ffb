/**
 * The ids of a visit's trace and of the span at its top, out of the reservation's UUID: its 16 bytes, and the last 8 of
 * them, which are random but for two bits that keep them from being zero.
 */
export function visitSpan(reservation: string): { traceId: string; spanId: string } | undefined {
  const traceId = reservation.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{16}[1-9a-f][0-9a-f]{15}$/.test(traceId)) return undefined;
  return { traceId, spanId: traceId.slice(16) };
}
