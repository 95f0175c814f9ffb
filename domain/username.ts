import { dropUnseen } from './characters.ts';

/** The name by which a staff member logs in. The schema (staff.username) has the same pattern. */

/** As it is kept and compared: wide and capital letters are the same as plain small ones. */
export const normaliseUsername = (typed: string): string => dropUnseen(typed).normalize('NFKC').trim().toLowerCase();

/** A university's own names are such too: a staff number, or an address. @param text normalised */
export const isUsername = (text: string): boolean => /^[a-z0-9][a-z0-9._@-]{1,63}$/.test(text);
