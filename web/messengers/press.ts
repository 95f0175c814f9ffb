import type { Request } from 'express';
import { maskUser, normaliseUser } from '../../domain/messengers.ts';
import { fullTime, shortTimeRange } from '../../domain/time.ts';
import { AppError } from '../../platform/errors.ts';
import { type Language, translator } from '../../platform/i18n.ts';
import type { CallbackAnswer, Press } from '../../platform/messengers/messenger.ts';
import { taskFacts } from '../../platform/messengers/task-message.ts';
import type { Messenger, MessengerMessage } from '../../platform/messengers.ts';
import { announcedTask } from '../../store/approval/announced-task.ts';
import { whoHasIt } from '../../store/approval/has-it.ts';
import { readSeen, seenByCard } from '../../store/approval/seen.ts';
import { findTaskLink, type TaskLink } from '../../store/approval/task-link.ts';
import { staffContact } from '../../store/messages/staff-contact.ts';
import { staffOfUser } from '../../store/messages/staff-messenger.ts';
import type { WebDeps } from '../deps.ts';
import { ShownOtherwise } from '../inbox/seen.ts';
import { decideByLink } from '../task-link/decide.ts';

/**
 * The button of a card was pressed. Its secret came back by a callback that its messenger signed, from the user whom the card
 * was sent to: it decides like the link in a mail, by the same rules and once. Pressed again, or too late, it only tells.
 * @returns undefined where nothing is to be said: nobody's button, or somebody else's
 */
export async function takePress(
  deps: WebDeps,
  req: Request,
  messenger: Messenger,
  press: Press,
): Promise<{ answer: CallbackAnswer; decided?: string } | undefined> {
  const link = await linkOf(deps, messenger, press);
  if (!link) return undefined;
  const end = link.good ? await decide(deps, req, messenger, press, link) : 'told';
  const message = await whatBecame(deps, messenger, press, end === 'changed');
  if (!message) return undefined;
  const answer = await messenger.showInstead(press, message);
  return { answer, ...(end === 'decided' && { decided: link.id }) };
}

/** For the user whom it was sent to, and for nobody else. */
async function linkOf(
  { db, index, settings }: WebDeps,
  { name: messenger }: Messenger,
  { user, token }: Press,
): Promise<TaskLink | undefined> {
  const link = /^[\w-]{43}$/.test(token) ? await findTaskLink(db, token, { channel: messenger }) : undefined;
  if (!link || (link.demo && settings.XIAOMEN_MODE !== 'demo')) return undefined;
  const pressed = await staffOfUser(db, index, { messenger, user: normaliseUser(messenger, user) });
  return pressed === link.staff ? link : undefined;
}

async function decide(
  deps: WebDeps,
  req: Request,
  { name: messenger }: Messenger,
  { user, token }: Press,
  { seen }: TaskLink,
): Promise<'decided' | 'changed' | 'told'> {
  const shown = readSeen(seen ?? '');
  // Nobody decides on what they may not have seen.
  if (!shown) return 'changed';
  try {
    const decided = await decideByLink(deps, {
      token,
      channel: messenger,
      answer: { verdict: 'approved', reason: '' },
      shown,
      seenBy: seenByCard,
      way: () => ({ card_sent_to: maskUser(normaliseUser(messenger, user)), messenger }),
      // The address is the messenger's own.
      from: { requestId: String(req.id) },
    });
    return decided ? 'decided' : 'told';
  } catch (error) {
    if (error instanceof ShownOtherwise) return 'changed';
    // The process does not take a decision of theirs at this moment; the page says why.
    if (error instanceof AppError && error.status === 409) return 'told';
    throw error;
  }
}

/** What stands in the card's place from now on, in its reader's language. */
async function whatBecame(
  deps: WebDeps,
  messenger: Messenger,
  press: Press,
  changed: boolean,
): Promise<MessengerMessage | undefined> {
  const { db, cipher, settings } = deps;
  const link = await linkOf(deps, messenger, press);
  const task = link && (await announcedTask(db, cipher, link.task));
  if (!link || !task) return undefined;
  const { language } = await staffContact(db, cipher, link.staff);
  const say = translator(language);
  const visitor = task.lead || say('own.erased');
  return {
    title: say('messenger.card_title', { visitor, window: shortTimeRange(task.from, task.until) }),
    text: await sentence(deps, link, { language, department: task.department, changed }),
    facts: taskFacts(task, language, false),
    open: { words: say('messenger.open'), url: `${settings.PUBLIC_URL}/inbox/${link.task}` },
  };
}

async function sentence(
  { db }: WebDeps,
  { decided, staff, task }: TaskLink,
  { language, department, changed }: { language: Language; department: Record<Language, string>; changed: boolean },
): Promise<string> {
  const say = translator(language);
  if (decided) {
    const { verdict, name, at } = decided;
    return say(`task_link.${decided.staff === staff ? 'own' : 'other'}.${verdict}`, { name, time: fullTime(at) });
  }
  if (changed) return say('messenger.changed');
  const has = await whoHasIt(db, { staff, task, department });
  if (!has) return say('messenger.login_instead');
  const holder = has.names.join(say('staff_admin.and')) || has.department[language];
  return say('messenger.has_it', { holder, time: fullTime(has.since) });
}
