import { dropUnseen } from './characters.ts';
import { findTextProblem } from './text.ts';

/** One recipient of a mail: a name and one address, kept apart. Nothing else is ever handed to a mail server. */
export interface MailAddress {
  name: string;
  address: string;
}

/** RFC 5321, 4.5.3.1. */
const longest = { address: 254, local: 64 };
const local = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const domain = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/i;

/**
 * What is wrong with one address as it was typed; undefined when it is one.
 * No quoted local parts and no comments, so a comma, a line break, a blank or a second address has no place in it.
 */
export function findAddressProblem(address: string): 'empty' | 'malformed' | undefined {
  if (address === '') return 'empty';
  const at = address.lastIndexOf('@');
  const [before, after] = [address.slice(0, at), address.slice(at + 1)];
  const fits = address.length <= longest.address && before.length <= longest.local;
  return at > 0 && fits && local.test(before) && domain.test(after) ? undefined : 'malformed';
}

/** The domain has one case; what stands before it belongs to the other side. */
export function normaliseAddress(text: string): string {
  const typed = dropUnseen(text).normalize('NFKC').trim();
  const at = typed.lastIndexOf('@');
  return at < 0 ? typed : typed.slice(0, at) + typed.slice(at).toLowerCase();
}

/** Whether a mail may be sent to it: one line for the name, one address. */
export const isMailAddress = ({ name, address }: MailAddress): boolean =>
  findTextProblem(name, { max: 100 }) === undefined && findAddressProblem(address) === undefined;

/** Enough for its owner to know it: `l***@example.edu.cn`. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return `${[...address][0] ?? ''}***${at < 0 ? '' : address.slice(at)}`;
}
