import { createTransport } from 'nodemailer';
import { isMailAddress, type MailAddress } from '../domain/mail-address.ts';
import type { MailSettings } from './config.ts';
import { neverArrived } from './line-fault.ts';

/** What a mail server can answer instead of accepting. Stable words; rows and logs hold them. */
export type MailFault =
  /** Not one recipient: no server was asked. */
  | 'bad_address'
  /** The server takes nothing for this address, now or later. */
  | 'refused'
  /** No server is set, or it does not take our login, sender, certificate or message: somebody has to look. */
  | 'misconfigured'
  | 'busy'
  /** Nobody there: certainly not accepted. */
  | 'unreachable'
  /** The answer was lost or late: may have been accepted. */
  | 'unknown';

export interface MailFailure {
  ok: false;
  fault: MailFault;
  /** Whether the same mail may be accepted later without anybody changing anything. */
  retry: boolean;
  /** The server's own code such as `550 5.1.1`, for operators. Its words may name the address, and are left out. */
  code?: string;
}

export interface Letter {
  /** One line. */
  subject: string;
  text: string;
  html: string;
}

export interface Mail {
  /** @param id of the attempt: it becomes the Message-ID, by which a bounce names the mail */
  send(to: MailAddress, letter: Letter, id: string): Promise<{ ok: true; messageId: string } | MailFailure>;
  /** Whether the server answers and takes our login; sends nothing. */
  probe(): Promise<{ ok: true } | MailFailure>;
}

/**
 * Mail by SMTP, to one recipient at a time, over TLS except on this machine. Without SMTP_URL every mail is `misconfigured`.
 * @param limitMs how long one mail may take, from the connection to the server's last word
 */
export function createMail({ SMTP_URL: url, MAIL_FROM: from }: MailSettings, limitMs = 10_000): Mail {
  if (!url || !from) {
    const unset = async () => failure('misconfigured');
    return { send: unset, probe: unset };
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const here = host === 'localhost' || host === '::1' || host.startsWith('127.');
  const secure = url.protocol === 'smtps:';
  const transport = createTransport({
    host,
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    // A mail may carry a link that decides something: nobody on the way reads it.
    requireTLS: !here,
    ignoreTLS: here && !secure,
    ...(url.username && { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: limitMs / 2,
    greetingTimeout: limitMs / 2,
    socketTimeout: limitMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    async send(to, { subject, text, html }, id) {
      if (!isMailAddress(to)) return failure('bad_address');
      const messageId = `<${id}@${from.address.split('@')[1]}>`;
      try {
        await transport.sendMail({
          from,
          to,
          subject: subject.replace(/\s+/g, ' '),
          text,
          html,
          messageId,
          // No holiday reply comes back to it.
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal: AbortSignal.timeout(limitMs),
        });
        return { ok: true, messageId };
      } catch (error) {
        return failureOf(error);
      }
    },
    async probe() {
      try {
        await transport.verify();
        return { ok: true };
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}

function failure(fault: MailFault, code?: string): MailFailure {
  const retry = fault === 'busy' || fault === 'unreachable' || fault === 'unknown';
  return { ok: false, fault, retry, ...(code && { code }) };
}

interface SmtpError {
  code?: string;
  originalCode?: string;
  timeoutType?: string;
  command?: string;
  response?: string;
  responseCode?: number;
}

/** Codes: RFC 5321, 4.2; enhanced ones RFC 3463. */
function failureOf(error: unknown): MailFailure {
  const { code, originalCode, timeoutType, command, response, responseCode } = error as SmtpError;
  if (responseCode) {
    const said = /^\d{3}(?:[ -]\d\.\d+\.\d+)?/.exec(response ?? '')?.[0].replace('-', ' ') ?? String(responseCode);
    if (responseCode < 500) return failure('busy', said);
    return failure(isOfAddress(said, command) ? 'refused' : 'misconfigured', said);
  }
  const never = timeoutType === 'CONNECT_TIMEOUT' || timeoutType === 'GREETING_TIMEOUT' || code === 'EDNS';
  if (never || neverArrived(originalCode ?? code)) return failure('unreachable', originalCode ?? code);
  if (code === 'ETLS' || code === 'EAUTH' || code === 'ENOAUTH') return failure('misconfigured', code);
  return failure('unknown', code);
}

/**
 * Whether the answer speaks of the recipient's address: where the recipient was named, or the message was handed over to a
 * server that looks at both. A relay that takes nothing from us says 5.7.1, also where the recipient was named; 5.1.7 and
 * 5.1.8 speak of the sender.
 */
function isOfAddress(said: string, command: string | undefined): boolean {
  if (/^5\d\d 5\.1\.(?!7$|8$)\d+$/.test(said)) return command === 'RCPT TO' || command === 'DATA';
  return command === 'RCPT TO' && /^55[013]$/.test(said);
}
