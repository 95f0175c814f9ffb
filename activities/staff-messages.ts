import { maskAddress } from '../domain/mail-address.ts';
import { maskUser } from '../domain/messengers.ts';
import { isDigestTime, isMorning, tellAt } from '../domain/quiet-hours.ts';
import {
  asksToDecide,
  callsDesk,
  informs,
  isVisitNews,
  mostByThemselves,
  type TaskNews,
  type VisitNews,
} from '../domain/task-news.ts';
import { dayOf, minute } from '../domain/time.ts';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { waitingOf } from '../platform/waiting.ts';
import { type AnnouncedTask, announcedTask, waitingTasks } from '../store/approval/announced-task.ts';
import { seenByCard, writeSeen } from '../store/approval/seen.ts';
import { makeTaskLink } from '../store/approval/task-link.ts';
import { specialDays } from '../store/content/working-calendar.ts';
import { type StaffContact, staffContact } from '../store/messages/staff-contact.ts';
import type { StaffChannel } from '../store/messages/staff-letter.ts';
import {
  claimStaffMessages,
  closeStaffMessages,
  putOff,
  queueDigests,
  retryAfterSetting,
  type StaffMessage,
  stillOpen,
  stillTheirs,
} from '../store/messages/staff-message.ts';
import { keepTaskNews } from '../store/messages/task-news.ts';
import { stayingVisit } from '../store/office/overstay.ts';
import type { ActivityDeps } from './deps.ts';
import { channelsOf, handOverToStaff, type ToHandOver } from './hand-over-staff.ts';
import { composeNews, composeSummary, type SummaryNews } from './staff-letter-text.ts';
import { composeVisitNews } from './visit-letter-text.ts';

type Deps = Pick<ActivityDeps, 'db' | 'cipher' | 'mail' | 'wechat' | 'messengers' | 'publicUrl'>;

/** Longer than it takes to tell one person: of three tasks by themselves, on two channels that answer late. */
const held = 2 * minute;
/** Messages to one person. */
const atOnce = 100;
/** People who are told at the same time, and so connections to the mail server. */
const mostPeople = 4;
/** Tasks that a summary names. */
const named = 20;

/** Tells staff of tasks, by every channel they have. Any number of workers may do it. `now`: for tests. */
export function tellStaff(
  deps: Deps,
  { log, every = 1_000, now = () => new Date() }: { log: Log; every?: number; now?: () => Date },
): Rounds {
  let looked = 0;
  let started = false;
  let claiming: Promise<unknown> = Promise.resolve();

  async function round(stopping: AbortSignal): Promise<void> {
    const at = now();
    if (!started) await retryAfterSetting(deps.db, { now: at, held });
    started = true;
    // What changes without a reservation: somebody left, stands in, came into a role.
    if (Date.now() - looked >= minute) {
      looked = Date.now();
      await keepTaskNews(deps.db);
    }
    if (isMorning(at) && isDigestTime(at, await daysFrom(deps, at))) await queueDigests(deps.db, dayOf(at));
    await Promise.all(Array.from({ length: mostPeople }, () => tellOneByOne(at, stopping)));
  }

  /** One person after the other, as long as somebody is to be told. */
  async function tellOneByOne(at: Date, stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const due = await claimInTurn(at);
      const staff = due[0]?.staff;
      if (!staff) return;
      await waitingOf(log).attempt('a message to staff has to wait', { staff }, () => tell(deps, staff, due, at));
    }
  }

  /** Two at once would look for the same person, and one would find nobody. */
  function claimInTurn(at: Date): Promise<StaffMessage[]> {
    const claimed = claiming.then(() => claimStaffMessages(deps.db, { now: at, limit: atOnce, held }));
    claiming = claimed.catch(() => {});
    return claimed;
  }

  return startRounds({ every, round, failure: 'staff are not told of tasks', log });
}

const daysFrom = async ({ db }: Deps, at: Date) => ({ days: await specialDays(db, at) });

async function tell(deps: Deps, staff: string, due: StaffMessage[], at: Date): Promise<void> {
  const { db, cipher } = deps;
  const contact = await staffContact(db, cipher, staff);
  const idsOf = (messages: StaffMessage[]) => messages.map(({ id }) => id);
  if (channelsOf(deps, contact).length === 0) return closeStaffMessages(db, idsOf(due), 'page');
  const when = tellAt(at, contact, await daysFrom(deps, at));
  const now = when > at ? due.filter(({ kind }) => callsDesk(kind)) : due;
  const later = due.filter((message) => !now.includes(message));
  if (later.length > 0) await putOff(db, idsOf(later), when);

  const overtaken = await overtakenOf(db, staff, now);
  await closeStaffMessages(db, idsOf(overtaken), 'overtaken');
  for (const message of now) if (isVisitNews(message.kind)) await tellOfVisit(deps, { staff, contact, at }, message);
  const current = now.filter((message) => !overtaken.includes(message) && !isVisitNews(message.kind));
  if (current.length === 0) return;
  const morning = current.some(({ kind }) => kind === 'digest');
  if (morning || current.length > mostByThemselves) return tellTogether(deps, staff, contact, { current, morning, at });
  for (const message of current) await tellOne(deps, staff, contact, message, at);
}

/** What is not so any more: it is somebody else's, or theirs again, or decided. */
async function overtakenOf(db: Deps['db'], staff: string, due: StaffMessage[]): Promise<StaffMessage[]> {
  const tasks = due.flatMap(({ task }) => task ?? []);
  const [theirs, open] = [await stillTheirs(db, staff, tasks), await stillOpen(db, tasks)];
  return due.filter(({ kind, task }) => {
    if (task === null) return false;
    if (asksToDecide(kind)) return !theirs.has(task);
    return kind === 'task_copied' ? !open.has(task) : theirs.has(task);
  });
}

/** One letter for all of them: nobody is flooded in the morning or after an absence. */
async function tellTogether(
  deps: Deps,
  staff: string,
  contact: StaffContact,
  { current, morning, at }: { current: StaffMessage[]; morning: boolean; at: Date },
): Promise<void> {
  const { db, cipher, publicUrl } = deps;
  const waiting = await waitingTasks(db, cipher, staff, named);
  const news: SummaryNews[] = [];
  for (const { kind, task: id } of current) {
    if (!id || !informs(kind)) continue;
    const task = await announcedTask(db, cipher, id);
    if (task) news.push({ kind, task });
  }
  if (waiting.count === 0 && news.length === 0) {
    const ids = current.map(({ id }) => id);
    return closeStaffMessages(db, ids, 'overtaken');
  }
  const composed = composeSummary({ ...waiting, news }, { language: contact.language, publicUrl, morning });
  await handOverToStaff(deps, { staff, contact, messages: current, at, compose: async () => composed });
}

async function tellOne(
  deps: Deps,
  staff: string,
  contact: StaffContact,
  message: StaffMessage,
  at: Date,
): Promise<void> {
  const { db, cipher, publicUrl } = deps;
  const task = message.task && (await announcedTask(db, cipher, message.task));
  if (!task) return closeStaffMessages(db, [message.id], 'overtaken');
  await handOverToStaff(deps, {
    staff,
    contact,
    messages: [message],
    at,
    compose: async (channel) => {
      const token = await tokenFor(deps, staff, contact, { message, task, channel });
      return composeNews(message.kind as TaskNews, task, {
        language: contact.language,
        publicUrl,
        ...(token && (channel === 'mail' ? { link: `${publicUrl}/t/${token}` } : { button: token })),
      });
    },
  });
}

/** Each by itself, and as long as it is so. */
async function tellOfVisit(deps: Deps, to: Pick<ToHandOver, 'staff' | 'contact' | 'at'>, message: StaffMessage) {
  const { db, cipher, publicUrl } = deps;
  const visit = message.reservation ? await stayingVisit(db, cipher, message.reservation) : undefined;
  const waits = visit && (message.kind === 'entry_contradicted' || (!visit.isOver && visit.rung > 0));
  if (!waits) return closeStaffMessages(db, [message.id], 'overtaken');
  const { language } = to.contact;
  const composed = composeVisitNews(message.kind as VisitNews, visit, { language, publicUrl });
  await handOverToStaff(deps, { ...to, messages: [message], compose: async () => composed });
}

/** The secret of a link, or of a button, by which this very task is decided without a login, where there may be one. */
async function tokenFor(
  { db }: Deps,
  staff: string,
  { email, messengers }: StaffContact,
  { message: { kind }, task, channel }: { message: StaffMessage; task: AnnouncedTask; channel: StaffChannel },
): Promise<string | undefined> {
  if (!asksToDecide(kind) || channel === 'wechat') return undefined;
  const link = { staff, task: task.id, channel };
  if (channel === 'mail') return email && makeTaskLink(db, { ...link, sentTo: maskAddress(email) });
  const user = messengers.find(({ messenger }) => messenger === channel)?.user;
  return user && makeTaskLink(db, { ...link, sentTo: maskUser(user), seen: writeSeen(seenByCard(task)) });
}
