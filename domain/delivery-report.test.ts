import { describe, expect, test } from 'vitest';
import { readDeliveryReport } from './delivery-report.ts';

const report = ({ action = 'failed', status = '5.1.1', id = '<0190-a@campus.example>' } = {}) =>
  `Message-ID: <report@mail.example>\r\nContent-Type: multipart/report; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n
Action: delivered\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; li@example.edu\r
Action: ${action}\r\nStatus: ${status}\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: ${id}\r\n--b--`;

describe('a delivery report', () => {
  test('names the mail that came back, not itself', () => {
    expect(readDeliveryReport(report())).toEqual({
      messageId: '<0190-a@campus.example>',
      status: '5.1.1',
      failed: true,
    });
  });

  test('names a mail whose head goes on in the next line, as that of a long domain does', () => {
    const messageId = '<01900000-0000-7000-8000-000000000000@visits.campus-of-the-university.example>';
    for (const fold of ['\r\n ', '\n\t']) {
      const folded = report({ id: `${fold}${messageId}` }).replace('Content-Type: m', `Content-Type:${fold}m`);
      expect(readDeliveryReport(folded)).toEqual({ messageId, status: '5.1.1', failed: true });
    }
  });

  test.each([
    [{ action: 'delayed', status: '4.4.1' }],
    [{ action: 'delivered', status: '2.0.0' }],
    [{ action: 'failed', status: '4.2.2' }],
  ])('%j is no failure for good', (change) => {
    expect(readDeliveryReport(report(change))?.failed).toBe(false);
  });

  test.each(['', 'Subject: hello', report({ id: 'nothing' }), report({ status: 'none' })])('%j is none', (text) => {
    expect(readDeliveryReport(text)).toBeUndefined();
  });
});
