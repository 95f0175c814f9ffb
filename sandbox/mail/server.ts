import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Address } from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import type { Faults } from '../faults.ts';
import type { Memory } from '../memory.ts';
import { sendReport } from './report.ts';

/** No mailbox of this name exists anywhere: a server says so when it is asked. */
const nobody = /^nobody@/;

/** A mail server that speaks SMTP on loopback: it asks for a login, takes one recipient a mail and keeps what it took. */
export async function startMailServer(
  settings: SandboxSettings,
  memory: Memory,
  faults: Faults,
  log: Log,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = new SMTPServer({
    name: 'mail.sandbox.example',
    banner: 'sandbox',
    // On loopback, in a demo: there is no line to be read.
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    size: 256 * 1024,
    rejectOversized: true,
    closeTimeout: 100,
    onAuth({ username, password }, _session, done) {
      if (isLogin(settings, username ?? '', password ?? '')) done(null, { user: username });
      else done(answer(535, 'Authentication failed'));
    },
    onRcptTo({ address }, session, done) {
      if (session.envelope.rcptTo.length > 0) return done(answer(452, 'One recipient a mail'));
      if (nobody.test(address)) return done(answer(550, `No such user <${address}>`));
      const mode = faults.peek('mail.send');
      // What becomes of a mail that is taken is decided when it was.
      if (mode !== 'busy' && mode !== 'refuse' && mode !== 'hang') return done();
      faults.take('mail.send');
      if (mode === 'busy') done(answer(451, 'Try again later'));
      if (mode === 'refuse') done(answer(550, `No such user <${address}>`));
    },
    onData(stream, session, done) {
      keep(stream, session).then(
        () => done(null, 'queued'),
        () => done(answer(554, 'Not a mail')),
      );
    },
  });
  server.on('error', (err) => log.warn({ err }, 'a connection to the mail server broke'));

  async function keep(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const mail = await PostalMime.parse(Buffer.concat(chunks));
    const mode = faults.take('mail.send');
    const address = session.envelope.rcptTo[0]?.address ?? '';
    const stored = {
      id: randomUUID(),
      address,
      from: shown(mail.from),
      to: (mail.to ?? []).map(shown).join(', '),
      subject: mail.subject ?? '',
      text: mail.text ?? '',
      html: mail.html ?? '',
      messageId: mail.messageId ?? '',
      at: new Date(),
      bounced: mode === 'bounce',
    };
    memory.mails.push(stored);
    if (mode === 'bounce') void sendReport(settings, stored, log);
    // The line goes dead after the work was done.
    if (mode === 'lose') await new Promise(() => destroy(session));
  }

  /** Ends one connection without an answer. */
  function destroy({ id }: SMTPServerSession): void {
    for (const connection of server.connections) if (connection.id === id) connection._socket?.destroy();
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.SANDBOX_MAIL_PORT, settings.SANDBOX_HOST, () => resolve());
  });
  const { port } = server.server.address() as AddressInfo;
  return { port, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

function isLogin({ SMTP_URL: url }: SandboxSettings, username: string, password: string): boolean {
  if (!url) return false;
  const wanted = Buffer.from(decodeURIComponent(`${url.username}:${url.password}`));
  const given = Buffer.from(`${username}:${password}`);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

const answer = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

const shown = (one: Address | undefined): string =>
  one?.name ? `${one.name} <${one.address ?? ''}>` : (one?.address ?? '');
