import { findAddressProblem, normaliseAddress } from '../../../domain/mail-address.ts';
import type { WebSettings } from '../../../platform/config.ts';

/** Whether anything can be mailed at all. */
export const mails = (settings: Pick<WebSettings, 'SMTP_URL'>): boolean => settings.SMTP_URL !== undefined;

/** Where a link goes by mail; '' is nowhere. @returns the problem as a catalogue key */
export function readAddress(
  settings: Pick<WebSettings, 'SMTP_URL'>,
  typed: string,
): { address?: string; problem?: string } {
  const address = normaliseAddress(typed);
  if (address === '') return {};
  if (findAddressProblem(address)) return { problem: 'field.email_malformed' };
  return mails(settings) ? { address } : { problem: 'field.no_mail_server' };
}
