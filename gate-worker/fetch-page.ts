import { z } from 'zod';
import { type FeedPage, feedHeaders, feedPageText, feedRequestText } from '../domain/feed.ts';
import { type UnwrittenDisk, unwrittenDiskText, writeUnwrittenDisk } from '../domain/gate-disk.ts';
import { markShape } from '../domain/gate-guards.ts';
import { gateKeyUses, heldKeysText } from '../domain/gate-keys.ts';
import type { Signer } from '../platform/signing.ts';
import type { OwnKeys } from './own-keys.ts';
import type { TrustedKeys } from './trusted-keys.ts';

/** One page of the feed, asked for with the gate's own key and believed only under the feed key. */

/** `fault` is a short code for the log and the gate's condition. */
export class FeedError extends Error {
  readonly fault: 'unreachable' | 'refused' | 'clock' | 'untrusted' | 'malformed' | 'changing' | 'unwritten';
  constructor(fault: FeedError['fault'], cause?: unknown) {
    super(`The feed cannot be read: ${fault}`, { cause });
    this.fault = fault;
  }
}

export interface FeedSource {
  /** The address of `web`, without a slash at the end. */
  url: string;
  gate: string;
  own: Pick<OwnKeys, 'signers' | 'answered' | 'held'>;
  trusted: TrustedKeys;
}

const localized = z.object({ 'zh-CN': z.string(), en: z.string() });
const number = z.number().int().min(0);
const keysShape = z.array(
  z.object({
    use: z.enum(gateKeyUses),
    kid: number.max(0xffff),
    public: z.base64(),
    vouchedBy: z.object({ kid: number, signature: z.base64() }).optional(),
    revoked: z.boolean(),
  }),
);
const rowShape = z.object({
  position: number,
  kind: z.enum(['pass', 'revoked']),
  reservation: z.uuid(),
  ordinal: number.max(0xffff),
  version: number.max(0xffff),
  validFrom: number.optional(),
  validUntil: number,
  keptUntil: number,
});
const pageShape = z.object({
  gate: z.string(),
  asked: number,
  from: number,
  through: number,
  head: number,
  epoch: z.uuid(),
  fromMark: z.uuid().nullable(),
  throughMark: z.uuid(),
  place: z.object({
    campus: number,
    number: number.max(63),
    exitsRecorded: z.boolean(),
    campusName: localized,
    gateName: localized,
  }),
  keys: keysShape.optional(),
  rows: z.array(rowShape.extend({ sealed: z.base64() })),
  ahead: z.array(rowShape).optional(),
  guards: z.object({ mark: markShape, sealed: z.base64().optional() }).optional(),
  entered: z
    .object({
      after: number,
      through: number,
      entries: z.array(z.object({ reservation: z.uuid(), ordinal: number.max(0xffff), at: number, gate: localized })),
    })
    .optional(),
});

/** A page is at most some 500 rows of less than 1 kB, 2,000 revocations ahead and 1,000 entries of less than 300 bytes each. */
const longestPage = 2_000_000;
const patience = 10_000;

/** @throws FeedError */
export async function fetchPage(
  source: FeedSource,
  asked: { after: number; forwarded: number; entered: number; guards: string; disk?: UnwrittenDisk | undefined },
  signal: AbortSignal,
): Promise<FeedPage> {
  const request = { gate: source.gate, ...asked, time: Date.now() };
  const { status, body, signature } = await askAsKnown(source, request, signal);
  if (status === 401) throw new FeedError(body.includes('"clock"') ? 'clock' : 'refused');
  if (status !== 200) throw new FeedError('unreachable');
  if (!isSigned(body, signature, source.trusted)) throw new FeedError('untrusted');
  const page = pageShape.safeParse(readJson(body)).data;
  if (!page) throw new FeedError('malformed');
  // Signed for another gate, position or moment: an old page must not hide what came since.
  const isNext = page.from === asked.after && (page.entered?.after ?? asked.entered) === asked.entered;
  const answersThis = page.gate === source.gate && isNext && page.asked === request.time;
  // Somebody on the way told `web` of a list that this gate has not: whoever was taken off would stay.
  const isOfList = !page.guards || page.guards.sealed !== undefined || page.guards.mark === asked.guards;
  if (
    !answersThis ||
    !isOfList ||
    !page.rows.every(({ position }) => position > page.from && position <= page.through)
  ) {
    throw new FeedError('untrusted');
  }
  return page;
}

type Request = Parameters<typeof feedRequestText>[0] & {
  entered: number;
  guards: string;
  disk?: UnwrittenDisk | undefined;
};

/** By the key that was answered last, and where that is refused by the gate's other one: the server goes over to it at its own moment. */
async function askAsKnown(source: FeedSource, request: Request, signal: AbortSignal) {
  let answer = { status: 401, body: '', signature: '' };
  for (const sign of source.own.signers()) {
    answer = await ask(source, request, sign, signal);
    if (answer.status === 200) source.own.answered(sign);
    if (answer.status !== 401 || answer.body.includes('"clock"')) return answer;
  }
  return answer;
}

async function ask(source: FeedSource, request: Request, sign: Signer, signal: AbortSignal) {
  const keys = [...source.trusted.held(), ...source.own.held()];
  try {
    const asked = `after=${request.after}&entered=${request.entered}&guards=${request.guards}`;
    const answer = await fetch(`${source.url}/gates/${source.gate}/feed?${asked}`, {
      headers: {
        [feedHeaders.time]: String(request.time),
        [feedHeaders.forwarded]: String(request.forwarded),
        [feedHeaders.signature]: sign(Buffer.from(feedRequestText(request))).toString('base64'),
        [feedHeaders.keys]: keys.join(),
        [feedHeaders.keysSignature]: sign(Buffer.from(heldKeysText({ ...request, keys }))).toString('base64'),
        ...tellDisk(request, sign),
      },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    const body = await answer.text();
    if (body.length > longestPage) throw new FeedError('malformed');
    return { status: answer.status, body, signature: answer.headers.get(feedHeaders.pageSignature) ?? '' };
  } catch (error) {
    throw error instanceof FeedError ? error : new FeedError('unreachable', error);
  }
}

/** Nothing while the disk is written: then `web` forgets what it was told. */
function tellDisk({ gate, time, disk: unwritten }: Request, sign: Signer): Record<string, string> {
  if (!unwritten) return {};
  const disk = writeUnwrittenDisk(unwritten);
  return {
    [feedHeaders.disk]: disk,
    [feedHeaders.diskSignature]: sign(Buffer.from(unwrittenDiskText({ gate, time, disk }))).toString('base64'),
  };
}

function isSigned(body: string, header: string, trusted: TrustedKeys): boolean {
  const [, kid, signature = ''] = /^(\d{1,5}):([A-Za-z0-9+/=]{88})$/.exec(header) ?? [];
  const bytes = [Buffer.from(feedPageText(body)), Buffer.from(signature, 'base64')] as const;
  if (trusted.verifyPage(Number(kid), ...bytes)) return true;
  // An empty store knows the feed's keys of when its folder was made; the later ones prove themselves, one by the other.
  const told = z.object({ keys: keysShape }).safeParse(readJson(body)).data?.keys ?? [];
  return trusted.believing(told).verifyPage(Number(kid), ...bytes);
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
