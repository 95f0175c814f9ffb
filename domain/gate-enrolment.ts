import { z } from 'zod';
import { makeChecked, readChecked } from './crockford.ts';
import { gateKeyUses } from './gate-keys.ts';

/**
 * How a new box becomes a gate. The box makes its keys and a code, and asks `web` under the code's hash. An admin types the code and
 * compares the keys' fingerprint with the one that the box shows. What the gate has to know comes back sealed to its key, and only
 * who knows the code can have sealed it (`platform/enrolment-seal.ts`). So neither side has to believe the line between them.
 */

/** More than 128 bits, and a check: a slip of the hand is told from a wrong code. */
const length = 27;
/** How many random bytes a code needs; 130 of their bits are used. */
export const enrolmentCodeBytes = 17;

/** @param random `enrolmentCodeBytes` bytes from a cryptographic source */
export const makeEnrolmentCode = (random: Uint8Array): string => makeChecked(random, length);

/** The canonical code in what was typed; undefined when it is none. */
export const readEnrolmentCode = (text: string): string | undefined => readChecked(text, length);

/** 'ABC-DEF-…', nine groups, as it is shown. */
export const showEnrolmentCode = (code: string): string => code.replaceAll(/.{3}(?=.)/g, '$&-');

/** Base64 of so many bytes. */
const bytes = (count: number) => z.base64().length(4 * Math.ceil(count / 3));
const asked = { codeHash: bytes(32), time: z.int().min(0), signature: bytes(64) };

/** `POST /gates/enrolments`. Bytes are base64; `time` is epoch milliseconds; the signature is by the identity key. */
export const enrolmentAsk = z.strictObject({ ...asked, identityKey: bytes(32), sealingKey: bytes(32) });

/** `POST /gates/enrolments/answers` */
export const enrolmentLook = z.strictObject(asked);

/** What `web` says to both. Instants are epoch milliseconds. */
export const enrolmentState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('waiting'), expiresAt: z.int() }),
  z.object({ state: z.enum(['expired', 'refused']) }),
  z.object({ state: z.literal('confirmed'), sealed: z.base64() }),
]);
export type EnrolmentState = z.output<typeof enrolmentState>;

/** What is sealed: all that a gate needs beside its own keys. */
export const enrolmentAnswer = z.object({
  gate: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/),
  codec: z.object({ kid: z.string().min(1), key: bytes(32) }),
  trust: z.array(z.object({ kid: z.int().min(1).max(65_535), use: z.enum(gateKeyUses), public: bytes(32) })).min(1),
});
export type EnrolmentAnswer = z.output<typeof enrolmentAnswer>;

interface Look {
  codeHash: string;
  time: number;
}
interface Ask extends Look {
  identityKey: string;
  sealingKey: string;
}

/** What the box signs, base64 as it is sent; never to be taken for anything else that a gate signs. */
export const enrolmentAskText = ({ codeHash, identityKey, sealingKey, time }: Ask): string =>
  `xm-enrolment\n${codeHash}\n${identityKey}\n${sealingKey}\n${time}`;
export const enrolmentLookText = ({ codeHash, time }: Look): string => `xm-enrolment-answer\n${codeHash}\n${time}`;
