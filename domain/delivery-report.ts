/**
 * A delivery report of a mail server (RFC 3464), as far as it concerns us: which of our mails it speaks of, and whether
 * that can be delivered. Nothing else of it is kept: it names addresses.
 */
export interface DeliveryReport {
  /** With its angle brackets. */
  messageId: string;
  /** For good; a delay is none. */
  failed: boolean;
  /** RFC 3463, `5.1.1`. */
  status: string;
}

/** A long header goes on in the next line, which begins with a space (RFC 5322, 2.2.3). */
const unfold = (text: string): string => text.replace(/\r?\n(?=[ \t])/g, '');

const headerOf = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}:[ \\t]*([^\\r\\n]+)`, 'im').exec(text)?.[1]?.trim();

/** @returns undefined for what is no report about a mail */
export function readDeliveryReport(folded: string): DeliveryReport | undefined {
  const text = unfold(folded);
  const start = text.search(/^content-type:[ \t]*message\/(?:global-)?delivery-status/im);
  if (start < 0) return undefined;
  const report = text.slice(start);
  const action = headerOf(report, 'Action')?.toLowerCase();
  const status = /^[245]\.\d{1,3}\.\d{1,3}/.exec(headerOf(report, 'Status') ?? '')?.[0];
  // The mail that came back, or its head, follows the report.
  const messageId = /^<[\w.-]+@[\w.-]+>$/.exec(headerOf(report, 'Message-ID') ?? '')?.[0];
  if (!action || !status || !messageId) return undefined;
  return { messageId, status, failed: action === 'failed' && status.startsWith('5') };
}
