import { foldName } from '../../domain/text.ts';

/** By what somebody submitted is found without being listed: hashes of the whole name and of the end of the phone number. */

/** What of a name is hashed. */
export const nameKey = foldName;

/** The last four digits, as people say them; the whole of a shorter text. */
export const phoneTail = (phone: string): string => phone.replace(/\D/g, '').slice(-4);
