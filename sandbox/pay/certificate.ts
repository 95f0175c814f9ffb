import { createPublicKey, createSign, type KeyObject, randomBytes } from 'node:crypto';

/** A platform certificate as WeChat Pay's: X.509 version 3 in DER, as far as one needs a name, a time and a key. */

const tagged = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const length =
    content.length < 128
      ? Buffer.from([content.length])
      : content.length < 256
        ? Buffer.from([0x81, content.length])
        : Buffer.from([0x82, content.length >> 8, content.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, content]);
};
const sequence = (...parts: Uint8Array[]): Buffer => tagged(0x30, ...parts);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

const sha256WithRsa = sequence(hex('06092a864886f70d01010b'), hex('0500'));
const commonName = hex('0603550403');
const nameOf = (name: string): Buffer =>
  sequence(tagged(0x31, sequence(commonName, tagged(0x0c, Buffer.from(name, 'utf8')))));
/** Until 2049 with two digits of the year. */
const time = (at: Date): Buffer =>
  tagged(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`, 'ascii'));

export interface Certificate {
  /** 40 hexadecimal digits, upper case. */
  serial: string;
  pem: string;
}

/** Signed by itself. @param days how long it holds from now; negative: over */
export function makeCertificate(key: KeyObject, days = 365): Certificate {
  // A first byte between 0x40 and 0x7f: neither negative nor with a zero in front.
  const serial = Buffer.concat([Buffer.from([0x40 | ((randomBytes(1)[0] ?? 0) >> 2)]), randomBytes(19)]);
  const day = 24 * 3600_000;
  const from = new Date(Date.now() - (days < 0 ? 1 - days : 1) * day);
  const content = sequence(
    tagged(0xa0, hex('020102')),
    tagged(0x02, serial),
    sha256WithRsa,
    nameOf('Sandbox Pay CA'),
    sequence(time(from), time(new Date(Date.now() + days * day))),
    nameOf('Sandbox Pay'),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
  );
  const signature = createSign('RSA-SHA256').update(content).sign(key);
  const der = sequence(content, sha256WithRsa, tagged(0x03, Buffer.from([0]), signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    serial: serial.toString('hex').toUpperCase(),
    pem: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
