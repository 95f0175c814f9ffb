import { pauseAfter } from '../domain/next-try.ts';
import { fullTime, minute } from '../domain/time.ts';
import { languages, translator } from '../platform/i18n.ts';
import type { Log } from '../platform/log.ts';
import type { Letter } from '../platform/mail.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { getUniversity } from '../store/content/content.ts';
import {
  beginLinkLetter,
  claimLinkMail,
  type DueLinkMail,
  finishLinkLetter,
  settleLinkMail,
} from '../store/staff/link-letter.ts';
import type { ActivityDeps } from './deps.ts';
import { letterBody } from './letter-body.ts';

type Deps = Pick<ActivityDeps, 'db' | 'cipher' | 'mail' | 'publicUrl'>;

/** Longer than one mail takes. */
const held = minute;
/** A letter without an end older than this died with its process. */
const diedAfter = 30_000;

/**
 * Sends links by which staff set a password, one after the other, at any hour: their person waits for them. Any number of
 * workers may do it. `now`: for tests.
 */
export function mailStaffLinks(
  deps: Deps,
  { log, every = 1_000, now = () => new Date() }: { log: Log; every?: number; now?: () => Date },
): Rounds {
  const round = async (stopping: AbortSignal): Promise<void> => {
    while (!stopping.aborted) {
      const at = now();
      const due = await claimLinkMail(deps.db, deps.cipher, { now: at, held });
      if (!due) return;
      await send(deps, due, at);
    }
  };
  return startRounds({ every, round, failure: 'links to sign in are not mailed', log });
}

/** A mail that may have been accepted is not sent again; one whose process died in between is repeated once. */
async function send(deps: Deps, due: DueLinkMail, at: Date): Promise<void> {
  const { db, mail } = deps;
  const unfinished = due.letters.filter(({ outcome }) => outcome === null);
  const last = unfinished.at(-1);
  if (last && Date.now() - last.startedAt.getTime() < diedAfter) return;
  if (unfinished.length > 1) return settleLinkMail(db, due.link, { status: 'unknown' });
  const letter = await beginLinkLetter(db, due.link);
  if (!letter) return;
  const text = await compose(deps, due, letter.token);
  const sent = await mail.send({ name: due.name, address: due.address }, text, letter.id);
  const of = { link: due.link, letter: letter.id };
  if (sent.ok) {
    const end = { outcome: 'accepted', providerId: sent.messageId } as const;
    return finishLinkLetter(db, { ...of, end }, { status: 'sent' });
  }
  const { fault, code } = sent;
  const outcome = fault === 'unknown' ? 'unknown' : 'refused';
  const end = { outcome, fault, ...(code && { code }) } as const;
  // What is set wrongly is set right one day: until then the mail waits, as long as its link is good.
  const again = outcome === 'refused' && (sent.retry || fault === 'misconfigured');
  const tries = [...due.letters, { fault }].filter((one) => one.fault !== 'unreachable').length;
  await finishLinkLetter(
    db,
    { ...of, end },
    again
      ? { sendAfter: new Date(at.getTime() + pauseAfter(tries)) }
      : { status: outcome === 'unknown' ? 'unknown' : 'failed' },
  );
}

/**
 * In both languages, since nobody knows yet which one its reader reads. Without the user name: with it, whoever reads the
 * mailbox later could decide by a task's link.
 */
async function compose({ db, publicUrl }: Deps, { use, name, expiresAt }: DueLinkMail, token: string): Promise<Letter> {
  const university = await getUniversity(db);
  const to = `${publicUrl}/staff/${use === 'university' ? 'login' : `links/${token}`}`;
  const sections = languages.map((language) => {
    const say = translator(language);
    const facts = { name, university: university.name[language], time: fullTime(expiresAt) };
    return {
      opening: say('staff_mail.link.greeting', facts),
      paragraphs: [
        [say(`staff_mail.${use}.text`, facts), ...(use === 'university' ? [] : [say('staff_mail.link.until', facts)])],
      ],
      links: [{ words: say(`staff_mail.${use}.link`), to }],
      footer: say('staff_mail.link.footer'),
    };
  });
  const subject = languages.map((one) =>
    translator(one)(`staff_mail.${use}.subject`, { university: university.name[one] }),
  );
  return { subject: subject.join(' / '), ...letterBody(...sections) };
}
