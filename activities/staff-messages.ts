import { maskAddress } from '../domain/mail-address.ts';
import { isDigestTime, tellAt } from '../domain/quiet-hours.ts';
import { asksToDecide, mostByThemselves, type TaskNews } from '../domain/task-news.ts';
import { dayOf, minute } from '../domain/time.ts';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { announcedTask, waitingTasks } from '../store/approval/announced-task.ts';
import { makeTaskLink } from '../store/approval/task-link.ts';
import { type StaffContact, staffContact } from '../store/messages/staff-contact.ts';
import {
  claimStaffMessages,
  closeStaffMessages,
  putOff,
  queueDigests,
  type StaffMessage,
  stillTheirs,
} from '../store/messages/staff-message.ts';
import { keepTaskNews } from '../store/messages/task-news.ts';
import type { ActivityDeps } from './deps.ts';
import { handOverToStaff } from './hand-over-staff.ts';
import { composeNews, composeSummary } from './staff-letter-text.ts';

type Deps = Pick<ActivityDeps, 'db' | 'cipher' | 'mail' | 'wechat' | 'publicUrl'>;

/** Until what could not be handed over is tried again; longer than one hand-over takes. */
const pause = minute;
const atOnce = 100;
/** Tasks that a summary names. */
const named = 20;

/** Tells staff of tasks, by every channel they have. Any number of workers may do it. `now`: for tests. */
export function tellStaff(
  deps: Deps,
  { log, every = 1_000, now = () => new Date() }: { log: Log; every?: number; now?: () => Date },
): Rounds {
  let looked = 0;

  async function round(): Promise<void> {
    const at = now();
    // What changes without a reservation: somebody left, stands in, came into a role.
    if (Date.now() - looked >= minute) {
      looked = Date.now();
      await keepTaskNews(deps.db);
    }
    if (isDigestTime(at)) await queueDigests(deps.db, dayOf(at));
    const due = await claimStaffMessages(deps.db, { now: at, limit: atOnce, pause });
    const people = Map.groupBy(due, ({ staff }) => staff);
    await Promise.all(
      [...people].map(([staff, messages]) =>
        tell(deps, staff, messages, at).catch((err: unknown) =>
          log.warn({ err, staff }, 'a message to staff has to wait'),
        ),
      ),
    );
  }

  return startRounds({ every, round, failure: 'staff are not told of tasks', log });
}

async function tell(deps: Deps, staff: string, due: StaffMessage[], at: Date): Promise<void> {
  const { db, cipher } = deps;
  const contact = await staffContact(db, cipher, staff);
  const idsOf = (messages: StaffMessage[]) => messages.map(({ id }) => id);
  if (!contact.openid && !mailOf(contact)) return closeStaffMessages(db, idsOf(due), 'page');
  const when = tellAt(at, contact);
  if (when > at) return putOff(db, idsOf(due), when);

  const asked = due.filter(({ kind, task }) => asksToDecide(kind as TaskNews) && task !== null);
  const theirs = await stillTheirs(
    db,
    staff,
    asked.flatMap(({ task }) => task ?? []),
  );
  const overtaken = asked.filter(({ task }) => !theirs.has(task ?? ''));
  await closeStaffMessages(db, idsOf(overtaken), 'overtaken');
  const current = due.filter((message) => !overtaken.includes(message));
  const morning = current.some(({ kind }) => kind === 'digest');
  if (morning || current.length > mostByThemselves) return tellTogether(deps, staff, contact, current, morning);
  for (const message of current) await tellOne(deps, staff, contact, message);
}

const mailOf = ({ email, emailFault }: StaffContact): string | undefined => (emailFault ? undefined : email);

/** One letter for all of them: nobody is flooded in the morning or after an absence. */
async function tellTogether(
  deps: Deps,
  staff: string,
  contact: StaffContact,
  messages: StaffMessage[],
  morning: boolean,
): Promise<void> {
  const waiting = await waitingTasks(deps.db, deps.cipher, staff, named);
  const ids = messages.map(({ id }) => id);
  if (waiting.count === 0) return closeStaffMessages(deps.db, ids, 'overtaken');
  const { language } = contact;
  const composed = composeSummary(waiting, { language, publicUrl: deps.publicUrl, morning });
  await handOverToStaff(deps, { staff, contact, messages: ids, compose: async () => composed });
}

async function tellOne(deps: Deps, staff: string, contact: StaffContact, message: StaffMessage): Promise<void> {
  const { db, cipher, publicUrl } = deps;
  const task = message.task && (await announcedTask(db, cipher, message.task));
  if (!task) return closeStaffMessages(db, [message.id], 'overtaken');
  await handOverToStaff(deps, {
    staff,
    contact,
    messages: [message.id],
    compose: async (channel) => {
      const token = channel === 'mail' && (await linkFor(deps, staff, contact, message));
      return composeNews(message.kind as TaskNews, task, {
        language: contact.language,
        publicUrl,
        ...(token && { link: `${publicUrl}/t/${token}` }),
      });
    },
  });
}

/** A link by which this very task is decided without a login, where there may be one. */
async function linkFor({ db }: Deps, staff: string, { email }: StaffContact, { kind, task }: StaffMessage) {
  if (!email || !task || !asksToDecide(kind)) return undefined;
  return makeTaskLink(db, { staff, task, sentTo: maskAddress(email) });
}
