import { type InformingNews, informing, type TaskNews } from '../domain/task-news.ts';
import { fullTime, shortTimeRange } from '../domain/time.ts';
import { type Language, type Translate, translator } from '../platform/i18n.ts';
import type { Letter } from '../platform/mail.ts';
import { taskFacts } from '../platform/messengers/task-message.ts';
import type { MessengerMessage } from '../platform/messengers.ts';
import type { AnnouncedTask } from '../store/approval/announced-task.ts';
import { letterBody } from './letter-body.ts';

/** A message to a member of staff in our own words, for a mail, for WeChat and for a messenger. */
export interface ComposedLetter {
  letter: Letter;
  /** visitor, campus, window, status, reason: for WeChat's template `task`. */
  fields: Record<string, string>;
  /** Where it leads after a login. */
  url: string;
  message: MessengerMessage;
}

/** @param link, button the address, or the secret of a button, by which this very task may be decided without a login, where there may be one */
export function composeNews(
  kind: TaskNews,
  task: AnnouncedTask,
  { language, publicUrl, link, button }: { language: Language; publicUrl: string; link?: string; button?: string },
): ComposedLetter {
  const say = translator(language);
  const url = `${publicUrl}/inbox/${task.id}`;
  const waits = kind === 'task_opened' || kind === 'task_reminded' || kind === 'task_copied';
  const facts = factsOf(task, say, language);
  return {
    letter: {
      subject: say(`staff_mail.${kind}.subject`, { visitor: task.lead, window: facts.window }),
      ...letterBody({
        opening: say(`staff_mail.${kind}.text`, { count: task.nudges }),
        paragraphs: [
          [
            `${say('staff_mail.visitor')} ${task.lead}${task.persons > 1 ? ` ${say('inbox.persons', { count: task.persons })}` : ''}`,
            `${say('staff_mail.window')} ${facts.window}`,
            `${say('staff_mail.campus')} ${task.campus[language]}`,
            `${say('staff_mail.department')} ${task.department[language]}`,
            `${say('staff_mail.reason')} ${task.reason[language]}`,
            ...(waits ? [`${say('staff_mail.decide_by')} ${fullTime(task.decideBy)}`] : []),
          ],
          ...(waits && task.sentBack ? [[say('staff_mail.sent_back')]] : []),
          ...(link ? [[say('staff_mail.link_text')]] : []),
        ],
        links: [
          ...(link ? [{ words: say('staff_mail.decide_link'), to: link }] : []),
          ...(waits ? [{ words: say('staff_mail.open_task'), to: url }] : []),
        ],
        footer: say('staff_mail.footer'),
        settings: `${publicUrl}/staff/me`,
      }),
    },
    fields: { ...facts, status: translator('zh-CN')(`staff_mail.${kind}.status`) },
    url,
    message: {
      title: say(`staff_mail.${kind}.subject`, { visitor: task.lead, window: facts.window }),
      text: say(`staff_mail.${kind}.text`, { count: task.nudges }),
      facts: taskFacts(task, language, waits),
      open: { words: say('messenger.open'), url },
      ...(button && { approve: { words: say('messenger.approve'), token: button } }),
    },
  };
}

/** Of a task that asks for nothing: in a summary it is told with the others of its kind. */
export interface SummaryNews {
  kind: InformingNews;
  task: AnnouncedTask;
}

/**
 * What waits, the most urgent first, each a link to its page in the inbox: the morning's digest, or many tasks that came at
 * once. Below it what is for information, which may be all there is.
 */
export function composeSummary(
  { tasks, count, news }: { tasks: AnnouncedTask[]; count: number; news: SummaryNews[] },
  { language, publicUrl, morning }: { language: Language; publicUrl: string; morning: boolean },
): ComposedLetter {
  const say = translator(language);
  const url = `${publicUrl}/inbox`;
  const lines = tasks.map((task) => {
    const { visitor, window } = factsOf(task, say, language);
    const department = task.department[language];
    const decideBy = fullTime(task.decideBy);
    return {
      words: say('staff_mail.summary_line', { visitor, window, department, decideBy }),
      to: `${publicUrl}/inbox/${task.id}`,
    };
  });
  const more = count - tasks.length;
  const kind = count === 0 ? 'news' : morning ? 'digest' : 'many';
  const told = count === 0 ? news.length : count;
  const first = tasks[0] ?? news[0]?.task;
  const forInformation = informing.flatMap((of) => {
    const its = news.filter((one) => one.kind === of);
    return its.length > 0 ? [[say(`staff_mail.summary_${of}`), ...its.map(({ task }) => newsLine(task))]] : [];
  });
  return {
    letter: {
      subject: say(`staff_mail.${kind}.subject`, { count: told }),
      ...letterBody({
        opening: say(`staff_mail.${kind}.text`, { count: told }),
        paragraphs: [
          ...(count > 0 ? [[...lines, ...(more > 0 ? [say('staff_mail.more', { count: more })] : [])]] : []),
          ...forInformation,
        ],
        links: [{ words: say('staff_mail.open_inbox'), to: url }],
        footer: say('staff_mail.footer'),
        settings: `${publicUrl}/staff/me`,
      }),
    },
    fields: {
      visitor: say(count === 0 ? 'staff_mail.changed' : 'staff_mail.waiting', { count: told }),
      campus: first?.campus[language] ?? '',
      window: first ? shortTimeRange(first.from, first.until) : '',
      reason: '',
      status: translator('zh-CN')(
        `staff_mail.${count === 0 ? (news[0]?.kind ?? 'task_opened') : 'task_opened'}.status`,
      ),
    },
    url,
    message: {
      title: say(`staff_mail.${kind}.subject`, { count: told }),
      text: say(`staff_mail.${kind}.text`, { count: told }),
      facts: tasks.slice(0, mostLines).map((task) => {
        const { visitor, window } = factsOf(task, say, language);
        return { name: visitor, value: window };
      }),
      open: { words: say('messenger.open'), url },
    },
  };

  function newsLine(task: AnnouncedTask): string {
    const { visitor, window } = factsOf(task, say, language);
    return say('staff_mail.summary_news_line', { visitor, window, department: task.department[language] });
  }
}

/** A messenger shows so many. */
const mostLines = 6;

const factsOf = (task: AnnouncedTask, say: Translate, language: Language) => ({
  visitor: task.lead || say('own.erased'),
  campus: task.campus[language],
  window: shortTimeRange(task.from, task.until),
  reason: task.reason[language],
});
