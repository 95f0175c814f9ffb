import type { PayloadCodec } from '@temporalio/common';

/** Histories as JSON (`historyToJSON`), for looking into and for keeping. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const base64 = (text: Json | undefined): Buffer => Buffer.from(String(text ?? ''), 'base64');

/** Every payload in clear, wherever it stands; stacks and identities, which tell of a machine, left out. */
export async function decodeHistory<T extends Json>(value: T, codec: Pick<PayloadCodec, 'decode'>): Promise<T> {
  if (Array.isArray(value)) return (await Promise.all(value.map((item) => decodeHistory(item, codec)))) as T;
  if (value === null || typeof value !== 'object') return value;
  if (isPayload(value)) return (await decodePayload(value, codec)) as T;
  const entries = await Promise.all(
    Object.entries(value).map(
      async ([key, item]): Promise<[string, Json]> => [
        key,
        namesMachine(key, item) ? '' : await decodeHistory(item, codec),
      ],
    ),
  );
  return Object.fromEntries(entries) as T;
}

/** A worker's own queue is called after process and host too. */
const namesMachine = (key: string, item: Json): boolean =>
  key === 'identity' || key === 'stackTrace' || (typeof item === 'string' && /^\d+@/.test(item));

const isPayload = (value: { [key: string]: Json }): boolean =>
  typeof value.metadata === 'object' && value.metadata !== null && 'encoding' in value.metadata;

async function decodePayload(payload: { [key: string]: Json }, codec: Pick<PayloadCodec, 'decode'>): Promise<Json> {
  const metadata = Object.fromEntries(
    Object.entries(payload.metadata as { [key: string]: Json }).map(([key, value]) => [key, base64(value)]),
  );
  const [decoded] = await codec.decode([{ metadata, data: base64(payload.data) }]);
  const data = withoutStack(Buffer.from(decoded?.data ?? []));
  return {
    metadata: Object.fromEntries(
      Object.entries(decoded?.metadata ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
    data: data.toString('base64'),
  };
}

/** Encoded failures carry their stack inside. */
function withoutStack(data: Buffer): Buffer {
  try {
    const parsed: unknown = JSON.parse(data.toString());
    if (typeof parsed !== 'object' || parsed === null || !('stack_trace' in parsed)) return data;
    return Buffer.from(JSON.stringify({ ...parsed, stack_trace: '' }));
  } catch {
    return data;
  }
}

/** All that can be read in a decoded history, payloads as text. */
export function textOf(value: Json): string {
  if (Array.isArray(value)) return value.map(textOf).join('\n');
  if (value === null || typeof value !== 'object') return String(value);
  if (isPayload(value)) return base64(value.data).toString();
  return Object.entries(value)
    .map(([key, item]) => `${key} ${textOf(item)}`)
    .join('\n');
}
