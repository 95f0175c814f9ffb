import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { answersSeenBy } from '../../domain/visit-answers.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { invitationBehind } from '../api/invitation-behind.ts';
import { maskedPeople } from '../reservations/masked-person.ts';
import { readAwaited } from '../reservations/submission.ts';
import { findWish } from '../reservations/wish.ts';
import type { AnnouncedTask } from './announced-task.ts';

/**
 * What somebody saw before they decided, as a hash that is kept with the decision. It is taken over what was shown – masked
 * data, so that nothing that was covered can be found by trying – in one order of keys, as JSON.
 */
export interface Seen {
  /** SHA-256, hex. */
  hash: string;
  /** A short hash of each part, by `visit`, `person/<ordinal>`, `awaited/<ordinal>`: says which of them differ. */
  parts: Record<string, string>;
}

/** A submission on the page of its task. Undefined once there is none. */
export async function seenOnPage(db: Knex, cipher: FieldCipher, submission: string): Promise<Seen | undefined> {
  const wish = await findWish(db, cipher, submission);
  if (!wish) return undefined;
  // One after the other: a transaction has one connection.
  const people = await maskedPeople(db, cipher, submission);
  const awaited = await readAwaited(db, cipher, submission);
  const invited = await invitationBehind(db, cipher, wish);
  const { channel, campus, department, reason, from, until } = wish;
  const answers = answersSeenBy('approver').map((name) => [name, wish.answers[name] ?? null]);
  const visit = { submission, channel, campus, department, reason, from, until, answers, ...(invited && { invited }) };
  return seenAs({
    visit,
    // What is worked out from the data, such as how old somebody is today, changes while nothing does.
    ...Object.fromEntries(people.map(({ minor, handChecked, ...shown }) => [`person/${shown.ordinal}`, shown])),
    ...Object.fromEntries(awaited.map(({ ordinal, name }) => [`awaited/${ordinal}`, { ordinal, name }])),
  });
}

/** The few lines of a task that a link without a login shows. */
export const seenByLink = ({ lead, persons, campus, department, reason, from, until }: AnnouncedTask): Seen =>
  seenAs({ visit: { lead, persons, campus, department, reason, from, until } });

/** Those that the card of a messenger shows. */
export const seenByCard = ({ lead, persons, campus, department, from, until }: AnnouncedTask): Seen =>
  seenAs({ visit: { lead, persons, campus, department, from, until } });

function seenAs(parts: Record<string, unknown>): Seen {
  const hashes = Object.entries(parts).map(([name, part]) => [name, hashOf(part).slice(0, 16)]);
  return { hash: hashOf(parts), parts: Object.fromEntries(hashes) };
}

const hashOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');

/** JSON with keys in order, and instants in UTC. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );

/** As a form carries it: the hash, then each part. */
export const writeSeen = ({ hash, parts }: Seen): string =>
  [hash, ...Object.entries(parts).map(([name, part]) => `${name}:${part}`)].join(' ');

/** @returns nothing for a text that no form of ours holds */
export function readSeen(text: string): Seen | undefined {
  const [hash = '', ...rest] = text.split(' ');
  const parts = rest.map((part) => /^((?:visit|person\/\d+|awaited\/\d+)):([0-9a-f]{16})$/.exec(part));
  if (!/^[0-9a-f]{64}$/.test(hash) || parts.length === 0 || !parts.every((part) => part !== null)) return undefined;
  return { hash, parts: Object.fromEntries(parts.map(([, name = '', part = '']) => [name, part])) };
}

/** The parts that are not as they were, those that came and those that went. */
export const differingParts = (shown: Seen, now: Seen): string[] =>
  [...new Set([...Object.keys(shown.parts), ...Object.keys(now.parts)])].filter(
    (name) => shown.parts[name] !== now.parts[name],
  );
