import type { SandboxSettings } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import type { StoredMail } from '../memory.ts';

/** A delivery report as a mail server writes it (RFC 3464): the mail that was taken could not be delivered. */
export const reportOf = ({ address, messageId, subject }: StoredMail, sender: string): string =>
  [
    'From: MAILER-DAEMON@mail.sandbox.example',
    `To: ${sender}`,
    'Subject: Undelivered Mail Returned to Sender',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="report"',
    '',
    '--report',
    'Content-Type: text/plain; charset=utf-8',
    '',
    `The mail could not be delivered to ${address}: no such mailbox.`,
    '',
    '--report',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mail.sandbox.example',
    '',
    `Final-Recipient: rfc822; ${address}`,
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 no such mailbox',
    '',
    '--report',
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: ${messageId}`,
    `Subject: ${encodeURIComponent(subject)}`,
    '',
    '--report--',
    '',
  ].join('\r\n');

/** Hands the report to the site, as a mail server's alias does. */
export async function sendReport(settings: SandboxSettings, mail: StoredMail, log: Log): Promise<void> {
  const { MAIL_FROM: from, MAIL_BOUNCE_TOKEN: token, PUBLIC_URL: site } = settings;
  try {
    const answer = await fetch(`${site}/mail/bounces`, {
      method: 'POST',
      headers: { 'content-type': 'message/rfc822', authorization: `Bearer ${token ?? ''}` },
      body: reportOf(mail, from?.address ?? ''),
      signal: AbortSignal.timeout(5_000),
    });
    if (!answer.ok) log.warn({ status: answer.status }, 'the site did not take a delivery report');
  } catch (err) {
    log.warn({ err }, 'the site was not there for a delivery report');
  }
}
