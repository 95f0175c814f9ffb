import type { Knex } from 'knex';
import type { DecisionVerdict, RequestPayloads, TaskAnswer, TaskStatus } from '../../../domain/request.ts';
import type { Listed } from '../../../store/approval/decision.ts';
import type { Task } from '../../../store/approval/task.ts';
import type { WebDeps } from '../../deps.ts';

/** What an approver may answer to a task: a form on its page, drawn by the view of the same name beside this file. */
export interface TaskVerb<Kind extends TaskAnswer = TaskAnswer, Name extends string = string> {
  kind: Kind;
  /** Its form is posted to `/inbox/:taskId/<path>`. */
  path: string;
  /** Names of the form's texts, each of its own among all forms of the page. */
  texts: readonly Name[];
  /** The status of the tasks that it answers; left out: open ones. */
  status?: TaskStatus | TaskStatus[];
  /** What the form shows; `typed` before anything is typed. Undefined: not offered for this task. */
  offer(task: Task, deps: WebDeps): Promise<Offer | undefined> | Offer | undefined;
  /** What is wrong with the texts, by name. @throws AppError 400 for what no form of ours sends */
  check(texts: Record<Name, string>, task: Task, deps: WebDeps): Promise<Problems> | Problems;
  /** The request that valid texts make. */
  say(texts: Record<Name, string>, task: Task, deps: WebDeps): Promise<Said<Kind>> | Said<Kind>;
}

/** Catalogue keys by the name of a text. */
type Problems = Record<string, string>;

export interface Offer {
  typed?: Record<string, string>;
  [local: string]: unknown;
}

export interface Said<Kind extends TaskAnswer = TaskAnswer> {
  payload: RequestPayloads[Kind];
  /** Left out: the only one of the kind. */
  verdict?: DecisionVerdict<Kind>;
  /** The approver's words; '' for none. */
  reason: string;
  /** What was chosen beside them. */
  listed?: Listed;
  /** Keeps what else the request speaks of, beside its row. */
  write?(trx: Knex, request: string): Promise<void>;
}

/** Whether a task of this status is answered by it. */
export const answersStatus = ({ status = 'open' }: TaskVerb, of: TaskStatus): boolean => [status].flat().includes(of);

/** Characters. */
export const longestReason = 200;
