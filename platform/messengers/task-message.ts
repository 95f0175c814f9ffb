import { type TaskFact, taskFactNames } from '../../domain/messengers.ts';
import { fullTime, type Instant, shortTimeRange } from '../../domain/time.ts';
import { type Language, translator } from '../i18n.ts';
import type { MessengerMessage } from './messenger.ts';

/** What a messenger is told of a task, and nothing else: see `kindOfTaskFact` in domain/recipients.ts. */
export interface ToldTask {
  /** Masked; empty once it was erased. */
  lead: string;
  persons: number;
  campus: Record<Language, string>;
  department: Record<Language, string>;
  from: Instant;
  until: Instant;
  decideBy: Instant;
}

/** The facts of one task, in the order in which a card shows them. @param waits it is still to be decided */
export function taskFacts(task: ToldTask, language: Language, waits: boolean): MessengerMessage['facts'] {
  const say = translator(language);
  const lead = task.lead || say('own.erased');
  const values: Record<TaskFact, string | undefined> = {
    visitor: task.persons > 1 ? `${lead} ${say('inbox.persons', { count: task.persons })}` : lead,
    window: shortTimeRange(task.from, task.until),
    campus: task.campus[language],
    department: task.department[language],
    decide_by: waits ? fullTime(task.decideBy) : undefined,
  };
  return taskFactNames.flatMap((fact) => {
    const value = values[fact];
    return value === undefined ? [] : [{ name: say(`messenger.${fact}`), value }];
  });
}
